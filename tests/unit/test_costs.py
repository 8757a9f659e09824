"""What a picture costs: the README's table is what the command prints, the goals are met, and the rules are AWS's."""

import json
from dataclasses import replace
from typing import Any

import pytest

from local.costs.__main__ import BEGIN, END, README, table
from local.costs.counted import COUNTED
from local.costs.items import index_write_units, item_size, read_units, write_units
from local.costs.model import WAYS, Costs, Way, read_prices
from local.costs.table import MOST_IDLE, MOST_WITH_DELIVERY, MOST_WITHOUT_DELIVERY
from local.template import Template, load_template

KEYS = {"pk": {"S": "REQUEST#1"}, "sk": {"S": "REQUEST"}}
INDEX, TABLE = ("open", "due_at"), ("pk", "sk")


def costs(template: Template | None = None, prices: Any = None, **overrides: str) -> Costs:
    """Of the counts on record."""
    counted = json.loads(COUNTED.read_text())
    return Costs(template or load_template(), counted, prices or read_prices(), overrides)


def with_resource(name: str, resource: Any) -> Template:
    """The template with one more resource."""
    template = load_template()
    return replace(template, resources={**template.resources, name: resource})


def idle(some: Costs) -> float:
    return sum(some.idle_month().values())


def test_the_readmes_table_is_what_the_command_prints() -> None:
    written = README.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    assert written.strip() == table(), "make costs ARGS=--write"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.name} {way.seconds:.0f} s")
def test_a_thousand_pictures_cost_no_more_than_promised(way: Way) -> None:
    without = sum(costs().pictures(way).values())
    assert without <= MOST_WITHOUT_DELIVERY
    assert without + sum(costs().delivery(way).values()) <= MOST_WITH_DELIVERY


def test_an_idle_month_costs_no_more_than_promised() -> None:
    assert idle(costs()) <= MOST_IDLE


def test_the_price_list_says_where_each_price_is_from_and_of_when() -> None:
    prices = read_prices()
    assert prices["date"] >= "2026-11-28"
    assert all(each["source"] and each["dollars"] > 0 and each["per"] > 0 for each in prices["prices"].values())


def test_every_price_of_the_list_is_used_somewhere() -> None:
    def all_of(**other: str) -> tuple[Any, ...]:
        some = costs(dashboards, prices, **other)
        return (
            [some.pictures(way) | some.delivery(way) for way in WAYS],
            some.idle_month(),
            some.dashboard,
            some.metrics_in_use,
        )

    dashboards = with_resource("Board", {"Type": "AWS::CloudWatch::Dashboard", "Properties": {}})
    for name in read_prices()["prices"]:
        prices = None
        before = all_of(), all_of(Architecture="x86_64")
        prices = read_prices()
        prices["prices"][name]["dollars"] *= 2
        assert (all_of(), all_of(Architecture="x86_64")) != before, name


def test_more_memory_costs_more_while_segmind_is_waited_for() -> None:
    template = load_template()
    worker = template.resources["WorkerFunction"]
    larger = {**worker, "Properties": {**worker["Properties"], "MemorySize": 1024}}
    way = WAYS[0]
    more = costs(replace(template, resources={**template.resources, "WorkerFunction": larger})).pictures(way)
    assert more["Lambda, worker"] > 1.8 * costs().pictures(way)["Lambda, worker"]


def test_pictures_that_are_kept_longer_cost_more_storage() -> None:
    kept = costs(RetentionDays="70").pictures(WAYS[0])["S3"] - costs().pictures(WAYS[0])["S3"]
    assert kept == pytest.approx(1000 * 0.0014 * 0.023 * 63 / 30)


@pytest.mark.parametrize(
    ("properties", "dollars"),
    [
        ({"MetricName": "Errors"}, 0.1),
        ({"Metrics": [{"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}, {"Expression": "a / b"}]}, 0.2),
    ],
)
def test_an_alarm_costs_what_it_looks_at(properties: Any, dollars: float) -> None:
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
    assert idle(costs(with_resource("One", alarm))) == pytest.approx(idle(costs()) + dollars)


def test_what_a_parameter_leaves_out_costs_nothing() -> None:
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Condition": "HasAllowedOrigins", "Properties": {}}
    template = with_resource("One", alarm)
    assert idle(costs(template)) == idle(costs())
    assert idle(costs(template, AllowedOrigins="https://example.org")) == pytest.approx(idle(costs()) + 0.1)


class TestItems:
    """ "DynamoDB item sizes and formats" in AWS's developer guide."""

    def test_names_and_values_count(self) -> None:
        assert item_size({"shirt-color": {"S": "R"}, "shirt-size": {"S": "M"}}) == 23

    @pytest.mark.parametrize(
        ("value", "size"),
        [
            ({"S": "ü"}, 2), ({"N": "0"}, 1), ({"N": "27"}, 2), ({"N": "-27"}, 3), ({"N": "12000"}, 2),
            ({"N": "461"}, 3), ({"BOOL": True}, 1), ({"NULL": True}, 1), ({"L": []}, 3), ({"L": [{"S": "abc"}]}, 7),
            ({"M": {"a": {"S": "bc"}}}, 7),
        ],
    )  # fmt: skip
    def test_each_kind_has_its_size(self, value: Any, size: int) -> None:
        assert item_size({"": value}) == size

    def test_a_write_is_counted_by_the_larger_of_before_and_after(self) -> None:
        small, large = {"a": {"S": "b"}}, {"a": {"S": "b" * 2048}}
        assert [
            write_units(before, after, transaction=False)
            for before, after in [(None, small), (small, large), (large, small), (None, {"a": {"S": "b" * 1023}})]
        ] == [1, 3, 3, 1]

    def test_a_transaction_costs_twice_as_much(self) -> None:
        assert write_units(None, {"a": {"S": "b" * 2048}}, transaction=True) == 6

    def test_a_read_is_counted_by_four_kilobytes_and_half_of_it_where_it_may_be_old(self) -> None:
        large = {"a": {"S": "b" * 4096}}
        assert [read_units(items, consistent=True) for items in ([], [{}], [large], [large, large])] == [1, 1, 2, 3]
        assert read_units([large], consistent=False) == 1

    def test_an_index_is_written_when_an_item_enters_leaves_or_moves_in_it(self) -> None:
        out = {**KEYS, "status": {"S": "COMPLETED"}}
        here = {**KEYS, "open": {"S": "OPEN"}, "due_at": {"S": "1"}}
        there = {**here, "due_at": {"S": "2"}}
        moves = [(None, out), (None, here), (here, out), (here, there), (here, {**here, "status": {"S": "QUEUED"}})]
        assert [index_write_units(before, after, INDEX, TABLE) for before, after in moves] == [0, 1, 1, 2, 0]
