"""The contract of stores: one set of laws, run over every member."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rarebird.errors import StoreError
from rarebird.model.history import Spans
from rarebird.store import redis, tables
from rarebird.store.contract import FORMAT, Listed, Message, Retention, Saved, Step, Store
from rarebird.store.packed import unpack_all

from .places import Place, fresh
from .steps import SECOND, PlainHistory, after, any_text, history, plain, span, steps

pytestmark = pytest.mark.anyio
NOTHING = Saved(None, (), {}, ())
FULL = Step(
    journal=(b"came in",),
    positions={},
    names=("other",),
    history=history(span(0, {0: 1})),
    outbox=(Message("1", "slack", b"hello", 0),),
    status=b"{}",
    moved=SECOND,
    incidents=(Listed(1, None, b"an incident"),),
)


async def is_refused(store: Store, step: Step = FULL) -> bool:
    try:
        await store.commit(step)
    except StoreError as error:
        return error.fenced and error.permanent
    return False


@given(st.lists(steps, min_size=1, max_size=6))
async def test_what_was_committed_is_there_after_opening_again(place: Place, done: list[Step]) -> None:
    watch, held, status = fresh(), NOTHING, None
    for step in done:
        async with place.store(watch) as store:
            assert await store.open(write=True) == held
            await store.commit(step)
        held, status = after(held, step), step.status if step.status is not None else status
    async with place.store(watch) as store:
        assert await store.open(write=False) == held
        assert await store.names() == held.names
        assert await store.status() == status


@given(st.lists(steps, max_size=6))
async def test_opening_in_between_changes_nothing(place: Place, done: list[Step]) -> None:
    async with place.store(fresh()) as store:
        await store.open(write=True)
        held = NOTHING
        for step in done:
            await store.commit(step)
            held = after(held, step)
        assert await store.open(write=True) == held
        assert await store.open(write=False) == held


spans_of_step = st.tuples(
    st.lists(st.sampled_from([-7, 0, 1, 1, 59, 60, 3599, 90_000]), max_size=6),
    st.dictionaries(st.integers(0, 9), st.integers(1, 2**50), min_size=1, max_size=4),
    st.none() | st.integers(-100, 5000),
)
short = st.builds(Retention, s=st.integers(0, 300), m=st.integers(0, 9000), h=st.integers(3600, 200_000))
questions = st.lists(st.tuples(st.integers(-9000, 300_000), st.integers(0, 300_000), st.integers(0, 40)), max_size=4)


@given(st.lists(spans_of_step, max_size=8), short, questions)
async def test_history_is_what_plain_sums_over_all_seconds_give(
    place: Place,
    done: list[tuple[list[int], dict[int, int], int | None]],
    retention: Retention,
    asked: list[tuple[int, int, int]],
) -> None:
    naive, now = PlainHistory(retention), 0
    async with place.store(fresh(), retention) as store:
        await store.open(write=True)
        for strides, counts, ahead in done:
            spans = []
            for stride in strides:
                now = max(now + stride, 0)
                spans.append(span(now, counts))
            moved = None if ahead is None else (now + ahead) * SECOND
            await store.commit(Step(history=history(*spans), moved=moved))
            naive.add(spans, moved)
            for start, length, most in [*asked, (0, now + 1, 10_000)]:
                found = plain((await store.history(start, start + length, most)).spans.each())
                assert found == naive.asked(start, start + length, most)


async def test_of_a_year_of_hours_each_is_read_once_and_nothing_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    year = 365 * 24
    counts = dict.fromkeys(range(50), 3)
    read = []

    def counting(bodies: Sequence[bytes]) -> Spans:
        read.append((len(bodies), sum(map(len, bodies))))
        return unpack_all(bodies)

    for module in (tables, redis):
        monkeypatch.setattr(module, "unpack_all", counting)
    async with place.store(fresh(), Retention(s=0, m=0)) as store:
        await store.open(write=True)
        for first in range(0, year, 730):
            hours = tuple(span(3600 * hour, counts) for hour in range(first, first + 730))
            await store.commit(Step(history=history(*hours), moved=3600 * (first + 730) * SECOND))
        read.clear()
        whole = await store.history(0, 3600 * year, 10_000)
        part = await store.history(3600, 7200, 10_000)
        await store.forget()
    # 24 bytes a span and 12 a category; how long that takes is a benchmark.
    assert read == [(year, year * (24 + 12 * 50)), (1, 24 + 12 * 50)]
    assert (whole.seconds, len(whole.spans.start), part.spans.start.tolist()) == (3600, year, [3600])


async def test_only_the_last_that_opened_a_watch_to_write_may_commit(place: Place) -> None:
    watch = fresh()
    async with place.store(watch) as older, place.store(watch) as newer:
        await older.open(write=True)
        await older.commit(FULL)
        held = await newer.open(write=True)
        assert await is_refused(older)
        assert await newer.open(write=False) == held == after(NOTHING, FULL)
        with pytest.raises(StoreError) as refused:
            await older.forget()
        assert refused.value.fenced
        await older.open(write=True)
        await older.commit(Step(journal=(b"again",)))


async def test_of_two_that_open_at_once_exactly_one_may_commit(place: Place) -> None:
    watch = fresh()
    async with place.store(watch) as one, place.store(watch) as two:
        await asyncio.gather(one.open(write=True), two.open(write=True))
        refused = await asyncio.gather(is_refused(one), is_refused(two))
    assert sorted(refused) == [False, True]


async def test_who_only_looks_changes_nothing_and_fences_nobody(place: Place) -> None:
    watch = fresh()
    async with place.store(watch) as owner, place.store(watch) as looker:
        await owner.open(write=True)
        await looker.open(write=False)
        with pytest.raises(StoreError, match="look"):
            await looker.commit(FULL)
        await owner.commit(FULL)
        assert await looker.open(write=False) == after(NOTHING, FULL)


async def test_an_unknown_watch_holds_nothing(place: Place) -> None:
    async with place.store(fresh()) as other, place.store(fresh()) as looker:
        await other.open(write=True)
        assert await looker.open(write=False) == NOTHING
        assert (await looker.history(0, 10, 10)).spans.each() == []
        assert (await looker.status(), await looker.names()) == (None, ())
        assert await looker.claim(0, 9, 9, "slack") == []


async def everything(store: Store) -> object:
    saved = await store.open(write=False)
    history = plain((await store.history(-100, 10**6, 1000)).spans.each())
    told = await store.status(), await store.names(), await store.incidents(100), await store.replies(0)
    return saved, history, told, await store.claim(10**15, 100, -(10**15), "slack")


async def test_forgetting_drops_all_and_the_owner_goes_on(place: Place) -> None:
    watch = fresh()
    async with place.store(watch) as store, place.store(watch) as looker:
        await store.open(write=True)
        blank = await everything(looker)
        await store.commit(FULL)
        await looker.reply(b"a reply")
        assert await everything(looker) != blank
        await store.forget()
        assert await everything(looker) == blank
        await store.commit(FULL)
        assert (await looker.open(write=False)).journal == FULL.journal
        await looker.forget()
        assert await is_refused(store)


async def test_what_is_held_under_a_former_name_is_taken_over_with_its_texts(
    place: Place,
) -> None:
    def swap(body: bytes) -> bytes:
        return body.replace(b"secret", b"***")

    former, name = f"{fresh()}?token=secret", f"{fresh()}?token=***"
    full = replace(
        FULL,
        outbox=(Message("secret 1", "slack", b"of secret", 0), Message("secret 2", "slack", b"", 0)),
        status=b'{"name": "secret"}',
    )
    async with place.store(name) as new, place.store(former) as old:
        assert not await new.rename(former, swap)
        await old.open(write=True)
        await old.commit(full)
        saved = await old.open(write=False)
        await old.open(write=True)
        assert await new.rename(former, swap)
        with pytest.raises(StoreError):
            await old.commit(full)
        assert former not in await new.watches()
        assert await new.open(write=True) == saved
        assert await new.status() == b'{"name": "***"}'
        await new.sent(["*** 2"])
        assert [(each.message.id, each.message.body) for each in await new.claim(1, 9, 1, "slack")] == [
            ("*** 1", b"of ***")
        ]
        await new.note([Message("*** 1", "slack", b"", 5, 2, "why")])
        assert [(each.tries, each.aside) for each in await new.waiting()] == [(2, "why")]
        assert await new.incidents(9) == [b"an incident"]
        await new.commit(FULL)
        assert not await new.rename(former, swap)
        assert not await new.rename(name, swap)


@given(any_text.filter(bool), any_text.filter(bool))
async def test_two_watches_in_one_store_do_not_see_each_other(place: Place, one: str, other: str) -> None:
    base = fresh()
    one, other = f"{base}{one}", f"{base}{other}-"
    async with place.store(one) as first, place.store(other) as second:
        await first.open(write=True)
        assert await second.open(write=True) == NOTHING
        await first.reply(b"to the first alone")
        assert {one, other} <= {*await first.watches()}
        blank = await everything(second)
        await second.open(write=True)
        await first.commit(FULL)
        assert await everything(second) == blank
        await second.open(write=True)
        await second.forget()
        assert await first.open(write=True) == after(NOTHING, FULL)


async def test_what_another_version_wrote_is_refused_with_both_versions_until_it_is_forgotten(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = fresh()
    async with place.store(watch) as older, place.store(watch) as newer:
        await older.open(write=True)
        for member in ("tables", "redis", "redis_step", "redis_faults"):
            monkeypatch.setattr(f"rarebird.store.{member}.FORMAT", FORMAT + 1)
        for write in (True, False):
            with pytest.raises(StoreError, match=rf"version {FORMAT + 1}.*version {FORMAT}") as refused:
                await newer.open(write=write)
            assert refused.value.permanent
        monkeypatch.undo()
        await older.commit(FULL)
        for member in ("tables", "redis", "redis_step", "redis_faults"):
            monkeypatch.setattr(f"rarebird.store.{member}.FORMAT", FORMAT + 1)
        await newer.forget()
        assert await newer.open(write=True) == NOTHING


class PlainOutbox:
    """Entries by id: (due, tries, free from); and the ids that were sent since the last checkpoint."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[int, int, int]] = {}
        self.numbers: dict[str, int] = {}
        self.added = 0
        self.sent: set[str] = set()

    def add(self, id: str, due: int) -> None:
        if id not in self.sent:
            self.added += 1
            self.entries.setdefault(id, (due, 0, due))
            self.numbers.setdefault(id, self.added)

    def claim(self, now: int, limit: int, lease: int) -> list[tuple[str, int, int]]:
        free = sorted((entry[2], self.numbers[id], id) for id, entry in self.entries.items() if entry[2] <= now)
        claimed = []
        for _, _, id in free[:limit]:
            due, tries, _ = self.entries[id]
            self.entries[id] = due, tries, now + lease
            claimed.append((id, due, tries))
        return claimed

    def take_off(self, id: str) -> None:
        if self.entries.pop(id, None):
            self.sent.add(id)
            del self.numbers[id]

    def note(self, id: str, due: int, tries: int) -> None:
        if id in self.entries:
            self.entries[id] = due, tries, self.entries[id][2]

    def free(self) -> None:
        self.entries = {id: (due, tries, 0) for id, (due, tries, _) in self.entries.items()}


ids = st.sampled_from("abcdef")
instants = st.integers(0, 2000)
acts = st.one_of(
    st.tuples(st.just("add"), ids, instants),
    st.tuples(st.just("claim"), st.integers(1, 4), st.integers(1, 500)),
    st.tuples(st.just("sent"), ids, st.just(0)),
    st.tuples(st.just("note"), ids, instants),
    st.tuples(st.just("open"), st.just(0), st.just(0)),
    st.tuples(st.just("checkpoint"), st.just(0), st.just(0)),
    st.tuples(st.just("wait"), st.just(0), instants),
)


@given(st.lists(acts, max_size=20))
async def test_an_entry_is_added_once_claimed_by_one_and_gone_once_sent(
    place: Place, done: Sequence[tuple[str, str | int, int]]
) -> None:
    watch, naive, now = fresh(), PlainOutbox(), 0
    async with place.store(watch) as owner, place.store(watch) as sender:
        await owner.open(write=True)
        await sender.open(write=False)
        for act, what, instant in done:
            match act, what:
                case "add", str(id):
                    message = Message(id, "slack", b"\xff" + id.encode(), 10**15 + instant)
                    await owner.commit(Step(outbox=(message, message)))
                    naive.add(id, 10**15 + instant)
                case "claim", int(limit):
                    claimed = await sender.claim(10**15 + now, limit, instant, "slack")
                    found = [(c.message.id, c.message.due, c.message.tries) for c in claimed]
                    assert found == naive.claim(10**15 + now, limit, instant)
                    assert all(c.until == 10**15 + now + instant for c in claimed)
                    assert all(c.message.body == b"\xff" + c.message.id.encode() for c in claimed)
                case "sent", str(id):
                    await sender.sent([id])
                    naive.take_off(id)
                case "note", str(id):
                    await sender.note([Message(id, "slack", b"", 10**15 + instant, instant % 5)])
                    naive.note(id, 10**15 + instant, instant % 5)
                case "open", _:
                    await owner.open(write=True)
                    naive.free()
                case "checkpoint", _:
                    await owner.commit(Step(checkpoint=b""))
                    naive.sent.clear()
                case _:
                    now += instant


async def test_entries_that_two_claim_at_once_are_claimed_by_one_of_them(place: Place) -> None:
    watch = fresh()
    every = tuple(Message(str(number), "slack", b"", number) for number in range(40))
    async with place.store(watch) as one, place.store(watch) as two:
        await one.open(write=True)
        await one.commit(Step(outbox=every))
        await two.open(write=False)
        rounds = await asyncio.gather(*(store.claim(100, 5, 1000, "slack") for _ in range(5) for store in (one, two)))
    claimed = [found.message.id for each in rounds for found in each]
    assert sorted(claimed) == sorted(message.id for message in every)


async def test_many_entries_and_many_names_keep_their_order(place: Place) -> None:
    journal = tuple(b"%d" % number for number in range(2500))
    names = tuple(map(str, range(2500)))
    async with place.store(fresh()) as store:
        await store.open(write=True)
        await store.commit(
            Step(journal=journal, names=names, history=history(*(span(s, {0: s + 1}) for s in range(2500))))
        )
        saved = await store.open(write=True)
        assert (saved.journal, saved.names) == (journal, names)
        found = (await store.history(0, 2500, 2500)).spans.each()
    assert all(one.start + 1 == other.start for one, other in pairwise(found))
    assert [one.events.sum() for one in found] == list(range(1, 2501))


listed = st.builds(
    Listed,
    id=st.integers(1, 6),
    ended=st.none() | st.integers(-100, 9000).map(SECOND.__mul__),
    body=st.binary(max_size=9),
)


@given(st.lists(st.tuples(st.lists(listed, max_size=4), st.none() | st.integers(0, 20_000)), max_size=6))
async def test_an_incident_is_listed_as_it_was_told_last_until_the_hour_of_its_end_is_dropped(
    place: Place, done: list[tuple[list[Listed], int | None]]
) -> None:
    held: dict[int, Listed] = {}
    cut = -(10**9)
    async with place.store(fresh(), Retention(s=0, m=0, h=3600)) as store:
        await store.open(write=True)
        for told, moved in done:
            await store.commit(Step(incidents=tuple(told), moved=None if moved is None else moved * SECOND))
            held |= {each.id: each for each in told}
            if moved is not None:
                cut = max(cut, (moved - 3600) // 3600 * 3600)
            held = {id: each for id, each in held.items() if each.ended is None or each.ended >= cut * SECOND}
            newest = [held[id].body for id in sorted(held, reverse=True)]
            assert await store.incidents(100) == newest
            assert await store.incidents(2) == newest[:2]
            for id in range(1, 7):
                assert await store.incident(id) == (held[id].body if id in held else None)


@given(st.lists(st.binary(max_size=9) | st.integers(0, 9) | st.none(), max_size=12))
async def test_each_reply_is_there_until_it_is_answered_and_no_number_comes_again(
    place: Place, done: list[bytes | int | None]
) -> None:
    """Bytes are left, a number of the last ones is answered; None: the owner opens again."""
    watch, held, last = fresh(), dict[int, bytes](), 0
    async with place.store(watch) as owner, place.store(watch) as somebody:
        await owner.open(write=True)
        for act in done:
            if isinstance(act, bytes):
                await somebody.reply(act)
                last += 1
                held[last] = act
            elif act is None:
                await owner.open(write=True)
            else:
                await owner.commit(Step(answered=max(last - act, 0)))
                held = {number: body for number, body in held.items() if number > last - act}
            assert await owner.replies(0) == await somebody.replies(0) == sorted(held.items())
            assert await owner.replies(last - 1) == [(n, body) for n, body in sorted(held.items()) if n >= last]


async def test_numbers_of_replies_go_on_behind_all_that_was_answered_and_over_what_was_forgotten(place: Place) -> None:
    async with place.store(fresh()) as owner, place.store(fresh()) as other:
        await owner.open(write=True)
        await other.open(write=True)
        await owner.commit(Step(answered=7))
        await owner.reply(b"eighth")
        assert await owner.replies(0) == [(8, b"eighth")]
        await owner.forget()
        await owner.reply(b"ninth")
        assert await owner.replies(0) == [(9, b"ninth")]
        assert await other.replies(0) == []


async def test_replies_of_many_at_once_are_all_there_beside_an_owner_that_commits(place: Place) -> None:
    watch = fresh()
    async with AsyncExitStack() as several:
        owner = await several.enter_async_context(place.store(watch))
        people = [await several.enter_async_context(place.store(watch)) for _ in range(4)]
        await owner.open(write=True)

        async def say(store: Store, who: int) -> None:
            for number in range(10):
                await store.reply(b"%d %d" % (who, number))

        async def commit() -> None:
            for _ in range(20):
                await owner.commit(FULL)

        await asyncio.gather(commit(), *(say(store, who) for who, store in enumerate(people)))
        left = await owner.replies(0)
    assert [number for number, _ in left] == list(range(1, 41))
    for who in range(4):
        mine = [body for _, body in left if body.startswith(b"%d " % who)]
        assert mine == [b"%d %d" % (who, number) for number in range(10)]


async def test_a_reply_to_a_watch_that_is_not_there_says_which_are(place: Place) -> None:
    watch = fresh()
    async with place.store(watch) as owner, place.store(fresh()) as nobody:
        await owner.open(write=True)
        with pytest.raises(StoreError, match="expected the watch by that name") as refused:
            await nobody.reply(b"hello")
        assert refused.value.permanent
        assert repr(watch) in str(refused.value)
        assert await nobody.incidents(9) == []


async def test_each_channel_is_claimed_by_itself_however_much_waits_for_another(place: Place) -> None:
    watch = fresh()
    dead = tuple(Message(f"{number:05d} dead", "dead", b"x", 0) for number in range(2_500))
    live = tuple(Message(f"{number:05d} live", "live", b"y", 0) for number in range(3))
    async with place.store(watch) as store:
        await store.open(write=True)
        await store.commit(Step(outbox=(*dead, *live)))
        claimed = await store.claim(1, 1_000, 1_000, "live")
        assert [each.message for each in claimed] == list(live)
        assert await store.claim(1, 1_000, 1_000, "liv") == []
        assert [each.message for each in await store.claim(1, 1_000, 1_000, "dead")] == list(dead[:1_000])


async def test_all_that_waits_is_listed_until_it_is_sent_and_what_was_set_aside_with_why(place: Place) -> None:
    watch = fresh()
    every = [Message(str(number), f"slack {number % 2}", b"x", 0) for number in range(4)]
    async with place.store(watch) as store:
        await store.open(write=True)
        assert await store.waiting() == []
        await store.commit(Step(outbox=tuple(every)))
        await store.claim(1, 1, 1_000, "slack 0")
        for at in (2, 0):
            every[at] = replace(every[at], tries=1, aside=f"it said no to “{at}”")
        await store.note([every[2], every[0]])
        async with place.store(watch) as looker:
            assert await looker.waiting() == every
        await store.open(write=True)
        await store.commit(Step(checkpoint=b""))
        assert [each.message for each in await store.claim(1, 9, 9, "slack 0")] == [every[0], every[2]]
        await store.sent(["0"])
        assert await store.waiting() == every[1:]
