/* Loss and gradient of a network of ReLU layers, summed over rows, as one writes it by hand:
 * 128 rows side by side, loops over them innermost.  Compiled for given sizes. */

#include <string.h>

#define LANES 128

static const int sizes[] = {SIZES};
static double signal[DEPTH + 1][LARGEST][LANES], slope[2][LARGEST][LANES], targets[LARGEST][LANES];

static double block_sum(const double *x) {
    double lanes[32];
    for (int l = 0; l < 32; l++) lanes[l] = ((x[l] + x[32 + l]) + x[64 + l]) + x[96 + l];
    for (int l = 0; l < 8; l++)
        lanes[l] = (lanes[l] + lanes[8 + l]) + (lanes[16 + l] + lanes[24 + l]);
    for (int half = 4; half; half /= 2)
        for (int l = 0; l < half; l++) lanes[l] = lanes[l] + lanes[half + l];
    return lanes[0];
}

static void block(const double *p, const double *rows, int count, double *total) {
    const int nin = sizes[0], nout = sizes[DEPTH];
    double product[LANES];
    for (int k = 0; k < nin + nout; k++) {
        double *to = k < nin ? signal[0][k] : targets[k - nin];
        for (int l = 0; l < LANES; l++) to[l] = l < count ? rows[(long)l * (nin + nout) + k] : 0.0;
    }
    const double *weights[DEPTH];
    for (int d = 0; d < DEPTH; d++) {
        weights[d] = p;
        for (int j = 0; j < sizes[d + 1]; j++) {
            const double *w = p;
            double *y = signal[d + 1][j];
            p += sizes[d] + 1;
            for (int l = 0; l < LANES; l++) y[l] = w[sizes[d]];
            for (int i = 0; i < sizes[d]; i++)
                for (int l = 0; l < LANES; l++) y[l] += w[i] * signal[d][i][l];
            if (d < DEPTH - 1)
                for (int l = 0; l < LANES; l++) y[l] = y[l] > 0.0 ? y[l] : 0.0;
        }
    }
    memset(product, 0, sizeof product);
    for (int j = 0; j < nout; j++)
        for (int l = 0; l < count; l++) {
            double e = signal[DEPTH][j][l] - targets[j][l];
            product[l] += e * e;
            slope[DEPTH & 1][j][l] = 2.0 * e;
        }
    for (int j = 0; j < nout; j++)
        for (int l = count; l < LANES; l++) slope[DEPTH & 1][j][l] = 0.0;
    total[0] += block_sum(product);
    for (int d = DEPTH - 1; d >= 0; d--) {
        double(*up)[LANES] = slope[(d + 1) & 1], (*down)[LANES] = slope[d & 1];
        double *g = total + 1 + (weights[d] - weights[0]);
        for (int j = 0; j < sizes[d + 1]; j++) {
            for (int i = 0; i < sizes[d]; i++) {
                for (int l = 0; l < LANES; l++) product[l] = up[j][l] * signal[d][i][l];
                *g++ += block_sum(product);
            }
            *g++ += block_sum(up[j]);
        }
        if (!d) break;
        for (int i = 0; i < sizes[d]; i++) {
            for (int l = 0; l < LANES; l++) down[i][l] = 0.0;
            for (int j = sizes[d + 1] - 1; j >= 0; j--) {
                const double w = weights[d][j * (sizes[d] + 1) + i];
                for (int l = 0; l < LANES; l++) down[i][l] += up[j][l] * w;
            }
            for (int l = 0; l < LANES; l++)
                down[i][l] = signal[d][i][l] > 0.0 ? down[i][l] : 0.0;
        }
    }
}

void step(const double *p, const double *rows, long count, double *total) {
    memset(total, 0, (1 + PARAMETERS) * sizeof(double));
    for (long start = 0; start < count; start += LANES) {
        int n = count - start < LANES ? (int)(count - start) : LANES;
        block(p, rows + start * (sizes[0] + sizes[DEPTH]), n, total);
    }
}
