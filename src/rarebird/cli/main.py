"""The commands and how they end: 0 done, 1 our error, 2 wrong usage, 130 interrupted."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts import App

from rarebird import __version__
from rarebird.cli import output
from rarebird.errors import RarebirdError

app = App(
    name="rarebird",
    help="Tells what goes on in a stream of events: how often they come, how they spread over their categories, and "
    "how surprising each one is.",
    version=__version__,
    version_flags=["--version"],
    # Markdown in help texts costs a quarter of the time that --help takes.
    help_format="plaintext",
)
app.command("rarebird.cli.demo:demo", help="Watch a simulated Meetup stream in which things happen.")
app.command("rarebird.cli.watch:watch", help="Follow a stream and show it on a page, until its end or Ctrl-C.")
app.command("rarebird.cli.summary:summary", help="Read a stream to its end and say what was there.")
app.command("rarebird.cli.try_out:try_out", name="test-alert", help="Send an example, and say what came back.")
app.command("rarebird.cli.api:api", help="Serve page and API of a watch from its store.")
app.command("rarebird.cli.status:status", help="Say what a store holds of a watch.")
app.command("rarebird.cli.incidents:incidents", help="Say what a watch has found.")
app.command("rarebird.cli.preview:preview", help="Print what would be sent of an incident.")
app.command("rarebird.cli.ack:ack", help="Say that somebody looks after an incident.")
app.command("rarebird.cli.feedback:feedback", help="Say whether an incident was worth telling; how precise a watch is.")
app.command("rarebird.cli.mute:mute", help="Have a watch tell nothing for a while, or at certain times.")
app.command("rarebird.cli.mute:unmute", help="Take a mute back.")
app.command("rarebird.cli.backup:backup", help="Copy a store while it is in use.")
app.command(
    "rarebird.cli.forget:forget",
    help="Take a stretch out of what a watch has learned.\n\n"
    "What is usual - the level by hour and week, and the share of each category - is learned anew from the history "
    "that the store holds: by the minute over the last 7 days, by the hour over the 90 before, without the stretch, "
    "without gaps and without the time in which an incident was open. Not taken out: what was counted, incidents, "
    "feedback, and how large evidence grows by chance, of which little is learned in such a stretch.\n\n"
    "Stop the watch first: a process that still runs it can write no more after this, and ends. The next start goes on "
    "from what is learned here. A rule that changed within the last minutes may alert once more.",
)
app.command("rarebird.cli.backtest:backtest", help="Tell what a watch would have told of a recording, and when.")
pipe = App(
    name="pipe",
    help="The stages of a pipeline, each a filter: JSON lines in and out, what people should know on standard error. "
    "They end with 0 at the end of their input, 1 on an error of ours, 2 on wrong usage.",
)
pipe.command("rarebird.cli.pipe.ingest:ingest")
pipe.command("rarebird.cli.pipe.gaps:gaps")
pipe.command("rarebird.cli.pipe.insert:insert_gaps")
pipe.command("rarebird.cli.pipe.insert:insert_distribution")
pipe.command("rarebird.cli.pipe.readings:average")
pipe.command("rarebird.cli.pipe.readings:poll")
pipe.command("rarebird.cli.pipe.detect:detect")
pipe.command("rarebird.cli.pipe.unusual:unusual")
pipe.command("rarebird.cli.pipe.push:push")
app.command(pipe)
app.command("rarebird.cli.explain:explain", help="Say why an incident was told, or was not.")
app.command("rarebird.cli.score:score", help="Hold what a backtest told against what is known to have happened.")
app.command("rarebird.cli.simulate:simulate", help="Make a simulated stream of Meetup RSVPs, to a file or as a server.")


def main(tokens: Sequence[str] | None = None) -> int:
    """Runs one command and says how it ended. Errors of ours are one line on standard error, never a traceback."""
    output.prepare()
    try:
        code = _code(tokens)
        output.put("")
    except RarebirdError as error:
        output.say(f"rarebird: {error}")
        output.let_go()
        return error.exit_code
    except BrokenPipeError:
        output.let_go()
        return 0
    except OSError as error:
        # What writes to the standard streams without our help, such as --help.
        where = "" if error.filename is None else f": {str(error.filename)[:100]}"
        output.say(f"rarebird: {error.strerror or type(error).__name__}{where}")
        output.let_go()
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _code(tokens: Sequence[str] | None) -> int:
    try:
        app(tokens, exit_on_error=True, result_action="return_value")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
