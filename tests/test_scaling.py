"""The model of a cluster in benchmarks/scalings: simulation against closed forms, law, fits."""

from __future__ import annotations

import importlib
import json
import math
import random
import sys
from fractions import Fraction
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def part(monkeypatch):
    """Import a module of benchmarks/ by name; afterwards modules are as they were."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    names = {path.stem for path in (ROOT / "benchmarks").iterdir()}

    def theirs():
        return {name for name in sys.modules if name.partition(".")[0] in names}

    before = {name: sys.modules.pop(name) for name in theirs()}
    yield importlib.import_module
    for name in theirs():
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture
def play(part):
    """`play(costs by name, step by name, workers, ...)` simulates, with Costs and Step made."""
    costs, simulation = part("scalings.costs"), part("scalings.simulation")

    def play(prices, step, workers, **options):
        return simulation.simulate(costs.Costs(**prices), costs.Step.of(**step), workers, **options)

    return play


#: Every cost a fraction that floats hold exactly, so that sums are compared with ==.
PRICES = {"sample": 0.25, "shard": 0.5, "send": 2.0, "take": 1.0, "step": 8.0,
          "latency": 4.0, "bandwidth": 16.0}  # fmt: skip
STEP = {"samples": 20, "shard_size": 8, "down": 32.0, "up": 16.0}


def test_one_worker_with_one_shard_at_a_time_takes_the_sum_of_all_times(play):
    """Nothing overlaps: every shard is made, sent, computed, sent back and taken by itself."""
    there, back = 2.0 + 32 / 16 + 4.0, 16 / 16 + 4.0 + 1.0
    expected = 3 * (there + 0.5 + back) + 20 * 0.25 + 8.0

    assert play(PRICES, STEP, 1, ahead=1).seconds == expected
    assert play(PRICES, STEP, 1, ahead=1, steps=5).seconds == 5 * expected


@pytest.mark.parametrize("workers", [1, 2, 4, 8, 16])
def test_without_messages_the_split_is_perfect(play, workers):
    """Where nothing is charged but samples, W workers take a W-th of the time and never wait."""
    run = play({"sample": 0.25}, {"samples": 64, "shard_size": 4}, workers, steps=3)

    assert run.seconds == 3 * 64 * 0.25 / workers
    assert run.busy == [run.seconds] * workers


@pytest.mark.parametrize("workers", [1, 3, 50])
def test_with_nothing_but_messages_a_step_is_their_serial_cost(play, workers):
    """The parent does one thing at a time: messages times their cost, however many workers."""
    run = play({"send": 2.0, "take": 1.0}, {"samples": 10, "shard_size": 1}, workers)

    assert run.seconds == 10 * (2.0 + 1.0) == run.parent
    assert run.messages == 20


def test_a_narrow_line_is_filled_from_end_to_end(play):
    """Where bytes alone cost, the line carries them one after the other, and one message back."""
    step = {"samples": 12, "shard_size": 1, "down": 32.0, "up": 4.0}

    assert play({"sample": 0.0, "bandwidth": 16.0}, step, 12).seconds == 12 * 2.0 + 0.25
    assert play(
        {"sample": 0.0, "bandwidth": 16.0}, {**step, "down": 4.0, "up": 32.0}, 12
    ).seconds == (0.25 + 12 * 2.0)


def test_a_broadcast_is_paid_once_for_each_worker_and_step(play):
    """Parameters that are sent once to each worker weigh on the line once, not with each shard."""
    step = {"samples": 12, "shard_size": 1, "broadcast": 16.0}

    assert play({"sample": 0.0, "bandwidth": 16.0}, step, 3, steps=2).seconds == 2 * 3 * 1.0


def test_a_shard_ahead_hides_the_way(play):
    """With a shard lying ready a worker never waits for the parent; without one it always does."""
    prices = {"sample": 1.0, "send": 0.125, "take": 0.125, "latency": 0.25}
    step = {"samples": 32, "shard_size": 4}
    there = 0.125 + 0.25

    assert play(prices, step, 1, ahead=2).seconds == there + 32 * 1.0 + there
    assert play(prices, step, 1, ahead=1).seconds == 8 * (there + 4.0 + there)


def test_four_workers_on_two_cores_are_two_workers(play):
    """Workers that share cores take turns: no more is computed at once than there are cores."""
    prices, step = {"sample": 0.5}, {"samples": 64, "shard_size": 4}

    assert (
        play(prices, step, 4, cores=2).seconds
        == play(prices, step, 2).seconds
        == 2 * play(prices, step, 4).seconds
    )


def test_a_death_costs_what_was_lost_and_nothing_else(play):
    """One of two workers dies while computing: its shards are done again by the other."""
    prices, step = {"sample": 1.0}, {"samples": 32, "shard_size": 4}
    # each has done two shards by 8.0; in the middle of the third the second worker dies
    whole = play(prices, step, 2)
    run = play(prices, step, 2, deaths=((1, 10.0),))

    assert whole.seconds == 16.0
    assert run.redone == [(0, 5), (0, 7)]
    assert run.computed[1] == [(0, 1), (0, 3)]
    assert run.seconds == (8 - 2) * 4.0
    assert whole.redone == []


def test_a_death_heard_late_costs_the_delay(play):
    """Nobody computes what the dead held until the parent hears of it."""
    prices, step = {"sample": 1.0}, {"samples": 16, "shard_size": 4}
    run = play(prices, step, 2, deaths=((1, 1.0),), notice=100.0)

    assert run.seconds == 1.0 + 100.0 + 2 * 4.0
    assert run.redone == [(0, 1), (0, 3)]


def test_results_on_their_way_outlive_the_worker(play):
    """What was sent before the death is taken, and not done again."""
    prices = {"sample": 1.0, "latency": 64.0}
    run = play(prices, {"samples": 8, "shard_size": 4}, 2, deaths=((1, 70.0),), notice=80.0)

    assert run.redone == []
    assert run.seconds == 64.0 + 4.0 + 64.0


def test_with_nobody_left_it_says_so(play):
    """A cluster of the dead does not go on for ever."""
    with pytest.raises(RuntimeError, match="shards are left in step 0 and no worker is"):
        play({"sample": 1.0}, {"samples": 8, "shard_size": 4}, 2, deaths=((0, 1.0), (1, 3.0)))


def drawn(rng):
    """Prices, a step, workers and deaths drawn at random; the first worker never dies."""
    workers = rng.randint(1, 9)
    prices = {
        "sample": rng.choice([0.0, 0.1, 1.0]) * rng.random(),
        "shard": rng.random(),
        "send": rng.choice([0.0, 1.0, 5.0]) * rng.random(),
        "take": rng.choice([0.0, 1.0, 5.0]) * rng.random(),
        "step": rng.random(),
        "latency": rng.random(),
        "bandwidth": rng.choice([math.inf, 10.0, 1.0]),
    }
    step = {"samples": rng.randint(1, 60), "shard_size": rng.randint(1, 7),
            "down": 5 * rng.random(), "up": 5 * rng.random(),
            "broadcast": rng.choice([0.0, 3.0])}  # fmt: skip
    deaths = tuple(
        (worker, 60 * rng.random()) for worker in range(1, workers) if rng.random() < 0.4
    )
    return prices, step, workers, deaths


def test_every_shard_is_added_once_and_in_order_whoever_dies(play):
    """Nothing is lost, nothing counted twice, and the order of the sum is that of the shards."""
    died = 0
    for seed in range(200):
        rng = random.Random(seed)
        prices, step, workers, deaths = drawn(rng)
        run = play(prices, step, workers, steps=3, deaths=deaths, notice=rng.random(),
                   ahead=rng.randint(1, 3), cores=rng.choice([None, 1, 2]))  # fmt: skip
        count = -(-step["samples"] // step["shard_size"])

        assert run.added == [(k, shard) for k in range(3) for shard in range(count)]
        done = [shard for shards in run.computed for shard in shards]
        assert {*done} == {*run.added}
        assert len(done) <= len(run.added) + len(run.redone)
        died += bool(run.redone)
    assert died > 20


def test_the_same_costs_give_the_same_story(play):
    """Two runs agree in every number, the ends of the steps to the bit."""
    prices, step, workers, deaths = drawn(random.Random(3))
    one, two = (play(prices, step, workers, steps=4, deaths=deaths) for _ in range(2))

    assert one == two
    assert len(one.ends) == 4


def test_no_step_is_shorter_than_the_law_and_far_ends_meet_it(part, play):
    """The closed form is a bound for every cost, and is met where one part alone binds."""
    law, costs = part("scalings.law"), part("scalings.costs")
    for seed in range(300):
        prices, step, workers, _ = drawn(random.Random(seed))
        bound = law.law(costs.Costs(**prices), costs.Step.of(**step), workers)

        assert play(prices, step, workers).seconds >= bound.seconds * (1 - 1e-12)
    for prices, binds in (
        ({"sample": 1.0}, "compute"),
        ({"sample": 0.0, "send": 2.0, "take": 1.0}, "messages"),
        ({"sample": 0.0, "bandwidth": 1.0}, "bandwidth"),
    ):
        step = {"samples": 64, "shard_size": 4, "down": 32.0, "up": 1.0}
        bound = law.law(costs.Costs(**prices), costs.Step.of(**step), 4)

        assert bound.binds == binds
        assert play(prices, step, 4).seconds == bound.seconds


def test_the_balance_is_where_the_parent_becomes_the_slowest(part):
    """At the balance computing takes as long as the messages do, by plain arithmetic."""
    law, costs = part("scalings.law"), part("scalings.costs")
    prices = costs.Costs(sample=0.5, shard=1.0, send=0.25, take=0.75)

    assert law.balance(prices, costs.Step.of(64, 8)) == 8 * (1.0 + 4.0) / (8 * 1.0)
    assert law.balance(costs.Costs(sample=0.5), costs.Step.of(64, 8)) == math.inf
    narrow = costs.Costs(sample=1.0, bandwidth=2.0)
    assert law.balance(narrow, costs.Step.of(64, 8, down=4.0, up=8.0)) == 64 / (8 * 4.0)


def test_efficiency_is_the_share_of_time_spent_on_samples(part):
    """Two workers that compute half of the time are half efficient."""
    costs = part("scalings.costs")

    assert costs.efficiency(costs.Costs(sample=0.5), costs.Step.of(8, 4), 2, 4.0) == 0.5


def test_a_fit_finds_what_made_the_points(part):
    """Exact points give their coefficients back; the remainders are those of exact arithmetic."""
    fitting = part("scalings.fitting")
    names = ["call", "number", "gate"]
    points = [[1, 10 * k, 40 * k * k] for k in (1, 2, 5, 11, 30)]
    measured = [3.0 + 0.5 * b + 0.0625 * c for _, b, c in points]
    found = fitting.fit(names, points, measured)

    assert found.coefficients == pytest.approx({"call": 3.0, "number": 0.5, "gate": 0.0625})
    assert found.worst < 1e-12

    # one coefficient, relative errors: sum(x / m) / sum((x / m) ** 2), in fractions
    parts = [Fraction(x) / Fraction(m) for x, m in ((1, 2), (3, 4), (5, 11))]
    best = sum(parts) / sum(p * p for p in parts)
    found = fitting.fit(["a"], [[1], [3], [5]], [2.0, 4.0, 11.0])
    assert found.coefficients["a"] == pytest.approx(float(best))
    assert found.errors == pytest.approx([float(best * p - 1) for p in parts])


def test_a_fit_gives_no_negative_cost(part):
    """A coefficient that would be negative is 0, and the others are fitted without it."""
    fitting = part("scalings.fitting")
    found = fitting.fit(["call", "byte"], [[1, 1], [1, 2], [1, 4]], [8.0, 8.0, 6.0])

    assert found.coefficients["byte"] == 0.0
    assert found.coefficients["call"] == pytest.approx(
        fitting.fit(["call"], [[1]] * 3, [8.0, 8.0, 6.0]).coefficients["call"]
    )


def test_points_that_tell_nothing_apart_are_refused(part):
    """Two costs that always go together cannot be told apart, and it says so."""
    fitting = part("scalings.fitting")
    with pytest.raises(ValueError, match="measure other sizes"):
        fitting.fit(["a", "b"], [[1, 2], [2, 4]], [1.0, 2.0])


def point(best, **sizes):
    """Something measured, as JSON has it."""
    return {"sizes": sizes, "best": best, "median": 1.5 * best}


#: Figures of a machine that costs exactly 1e-9 s a gate, 2e-9 a number and 1e-5 a call.
FIGURES = {
    "heading": "Some machine.",
    "loads": {"machine": [1.0, 5]},
    "cores": 2,
    "machine": [
        point(1e-5 + 2e-9 * b + 1e-9 * c, calls=1, numbers=b, gates=c)
        for b, c in ((10, 1000), (500, 2000), (100, 50_000), (4000, 9000))
    ],
    "packing": {"chosen from a held table": point(1e-6, numbers=74)},
    "messages": {
        "processes": [point(1e-3 + 1e-9 * n, messages=1, bytes=n) for n in (8, 8000, 800_000)]
    },
    "serial": {"processes": {"cpu": point(4e-4, bytes=0), "wall": point(9e-4, bytes=0)}},
    "step": {"Adam, all parameters": point(3e-3, parameters=2410),
             "adding an answer": point(1e-4, parameters=2410)},
    "curve": {"processes": [
        point(0.02, workers=1, batch=1024, shard_size=1024, work=0.005),
        point(0.08, workers=1, batch=8192, shard_size=1024, work=0.04),
        point(0.05, workers=2, batch=8192, shard_size=1024, work=0.04),
    ]},
    "waiting": {"processes": [
        point(wall, workers=workers, shards=32, pause=0.1, between=0.01)
        for workers, wall in ((1, 2.4), (4, 0.6), (32, 0.3))
    ]},
}  # fmt: skip


def test_costs_are_those_that_made_the_figures(part):
    """The model finds every coefficient again in figures that were made of them."""
    found = part("scalings.model").costs(FIGURES, "processes")

    assert found.sample == pytest.approx(4808e-9 + 74 * 2e-9 + 1e-6)
    assert (found.shard, found.send, found.take) == pytest.approx((1e-5, 2e-4, 3e-4))
    assert (found.step, found.bandwidth, found.latency) == pytest.approx((3e-3, 1e9, 0.0))


def test_the_point_that_calibrates_is_met_and_others_are_predicted(part):
    """The way of a message makes one point exact, by plain arithmetic; others follow from it."""
    model = part("scalings.model")
    price, (small, first, other) = model.predicted(FIGURES, "processes")
    step = model.asked(model.DIGITS, 8192, 1024)
    travel = (step.down + step.up) / 1e9

    assert step.down == 8 * (2410 + 1 + 1024)
    assert first.error == pytest.approx(0.0, abs=1e-9)
    # medians are 1.5 times the best; one worker has its eight shards one after the other
    assert 2 * price.latency == pytest.approx((0.12 - 3e-3 - 0.04) / 8 - 5e-4 - travel)
    assert small.simulated == pytest.approx(3e-3 + 0.005 + 5e-4 + 2 * price.latency
                                            + (8 * (2411 + 1024) + 8 * 2411) / 1e9)  # fmt: skip
    assert other.speedup == pytest.approx(0.08 / 0.05)
    assert first.simulated / 2 < other.simulated < first.simulated


def test_shards_that_wait_are_bound_by_messages_in_the_end(part):
    """With few workers a step is their waiting, with many the parent's time for each answer."""
    model = part("scalings.model")
    price, points = model.waited(FIGURES, "processes")
    one, four, many = points

    assert one.error == pytest.approx(0.0, abs=1e-9)
    assert price.send + price.take == pytest.approx(0.01)
    assert four.simulated == pytest.approx(one.simulated / 4, rel=0.15)
    assert many.simulated == pytest.approx(32 * 0.01)  # it never waits: all have shards


@pytest.mark.parametrize("workers", [10, 100])
def test_the_least_shard_for_a_goal_reaches_it_and_a_block_less_does_not(part, workers):
    """What the table says is enough is enough, and not more than that."""
    model, costs = part("scalings.model"), part("scalings.costs")
    simulate = part("scalings.simulation").simulate
    price = model.elsewhere(FIGURES, "processes", "1 Gbit/s, 200 µs")
    size = model.enough(price, model.DIGITS, workers)

    def used(rows):
        step = model.asked(model.DIGITS, workers * rows, rows, chosen=False)
        return costs.efficiency(price, step, workers, simulate(price, step, workers).seconds)

    assert used(size) >= 0.8 > used(size - 128)


def test_tables_are_written_between_the_markers_of_the_page(part, tmp_path):
    """Every table has its place on docs/scale.md, and what stands around the markers stays."""
    reporting = part("scalings.reporting")
    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for name in ("heading", *reporting.TABLES):
        assert text.count(f"<!-- scaling {name} -->") == text.count(f"<!-- end {name} -->") == 1
    page = tmp_path / "scale.md"
    page.write_text("before\n<!-- scaling step -->\nold\n<!-- end step -->\nafter\n")
    reporting.page(page, FIGURES)
    found = page.read_text(encoding="utf-8")

    assert found.startswith("before\n<!-- scaling step -->\n\n| for 2,410 parameters")
    assert "| Adam, all parameters | 3 ms " in found
    assert found.endswith("\n\n<!-- end step -->\nafter\n")


def test_the_benchmark_runs_at_a_tiny_size(part, monkeypatch, tmp_path, capsys):
    """One process is measured and everything printed; parts that are kept are not lost."""
    scaling = part("scaling")
    file = tmp_path / "scaling.json"
    words = ["scaling", "--quick", "--teams", "processes", "--workers", "1"]
    monkeypatch.setattr(sys, "argv", [*words, "--json", str(file)])

    assert scaling.main() == 0
    printed = capsys.readouterr().out
    for name in part("scalings.reporting").TABLES:
        assert f"\n## {name}\n" in printed
    figures = json.loads(file.read_text())
    curve = [p["sizes"] for p in figures["curve"]["processes"]]
    assert [(p["workers"], p["batch"]) for p in curve] == [(1, 128), (1, 512)]
    assert all(p["best"] > 0 for p in figures["curve"]["processes"])

    figures["packing"] = FIGURES["packing"]
    file.write_text(json.dumps(figures))
    monkeypatch.setattr(sys, "argv", [*words, "--json", str(file), "--only", "step"])
    assert scaling.main() == 0
    assert json.loads(file.read_text())["packing"] == FIGURES["packing"]
