"""`rarebird mute` and `rarebird unmute`: what a watch is not to tell, and when."""

from __future__ import annotations

from rarebird.cli.options import KeptOptions


def mute(
    text: str | None = None,
    /,
    *,
    category: str | None = None,
    kind: str = "",
    by: str | None = None,
    watch: KeptOptions | None = None,
) -> None:
    """Have a watch tell nothing for a while, or at certain times; what it finds then is listed all the same.

    Parameters
    ----------
    text
        '2h', 'until tomorrow 9:00', 'Tue 02:00-04:00 Europe/Paris' or 'weekdays 22:00-06:00'. Without it the mutes are
        listed by their numbers.
    category
        Only incidents of this category.
    kind
        Only incidents of this kind: rate, mix, event or silence.
    by
        Who says so; your login name unless set.

    """
    import asyncio

    from rarebird.cli.kept import user

    by = user() if by is None else by
    asyncio.run(_listed(watch) if text is None else _mute(text, category, kind, by, watch))


async def _mute(text: str, category: str | None, kind: str, by: str, watch: KeptOptions | None) -> None:
    from rarebird.cli.clock import now
    from rarebird.cli.kept import kept
    from rarebird.config.mutes import mute as meant
    from rarebird.model.reply import Reply

    async with kept(watch) as found:
        time = now()
        told = meant(text, time, found.settings.zone.name, kind=kind, category=category).text
        reply = Reply(act="mute", time=time, by=by, mute=text, kind=kind, category=category)
        await found.leave(reply, f"muted, {told}")


async def _listed(watch: KeptOptions | None) -> None:
    from rarebird.cli.kept import behind, kept
    from rarebird.cli.output import say, show

    async with kept(watch) as found:
        mutes = (await found.mutes()).all
        if not mutes:
            say(f"{found.settings.title}: nothing is muted")
        for each in mutes:
            show(behind(f"{each.id:>4}  ", each.told))


def unmute(mute: str, /, *, by: str | None = None, watch: KeptOptions | None = None) -> None:
    """Take a mute back.

    Parameters
    ----------
    mute
        Its number or its text, as `rarebird mute` lists it.
    by
        Who says so; your login name unless set.

    """
    import asyncio

    from rarebird.cli.kept import user

    asyncio.run(_unmute(mute, user() if by is None else by, watch))


async def _unmute(text: str, by: str, watch: KeptOptions | None) -> None:
    from rarebird.cli.clock import now
    from rarebird.cli.kept import kept
    from rarebird.errors import InputError
    from rarebird.model.reply import Reply

    async with kept(watch) as found:
        mutes = await found.mutes()
        there = ", ".join(f"{each.id} ({each.text})" for each in mutes.all)
        if not mutes.remove(text):
            known = f"there are: {there}" if there else "there is none"
            raise InputError(
                f"mute {text!r} is not known in {found.settings.title}: {known}; `rarebird mute` lists all"
            )
        await found.leave(Reply(act="unmute", time=now(), by=by, mute=text), f"muted no more, {text}")
