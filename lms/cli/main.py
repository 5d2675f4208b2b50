"""The program `lms`: kernel commands, and the groups that the packages bring."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import click
from pydantic import ValidationError

from lms.core import runtime
from lms.core.errors import DomainError
from lms.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from flask import Flask

# Module and command; loaded only when asked for, so that `lms serve` starts quickly.
KERNEL_COMMANDS = {
    "serve": "lms.cli.serve",
    "worker": "lms.cli.worker",
    "check": "lms.cli.check",
    "db": "lms.cli.db",
    "backup": "lms.cli.backup",
    "restore": "lms.cli.backup",
    "audit": "lms.cli.audit",
}
PACKAGES = (
    "lms.people",
    "lms.identity",
    "lms.competencies",
    "lms.courses",
    "lms.assessments",
    "lms.certificates",
    "lms.mentoring",
    "lms.reporting",
    "lms.cli.demo",
)


class _Formatter(click.HelpFormatter):
    """Help in Indonesian, also where Click writes the words itself."""

    _SECTIONS: ClassVar[dict[str, str]] = {"Options": "Pilihan", "Commands": "Perintah", "Arguments": "Isian"}
    _PHRASES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("Show this message and exit.", "Tampilkan bantuan ini."),
        ("[default: ", "[bawaan: "),
        ("default: ", "bawaan: "),
        ("required", "wajib"),
    )

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that shows how a command is called."""
        words = args.replace("[OPTIONS]", "[PILIHAN]").replace("COMMAND [ARGS]...", "PERINTAH [ISIAN]...")
        super().write_usage(prog, words, prefix or "Pakai: ")

    def write_heading(self, heading: str) -> None:
        """Write the title of a section."""
        super().write_heading(self._SECTIONS.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        """Write a list of options or commands."""
        translated = []
        for name, about in rows:
            for english, indonesian in self._PHRASES:
                about = about.replace(english, indonesian)  # noqa: PLW2901 -- mended step by step
            translated.append((name, about))
        super().write_dl(translated, *args, **kwargs)


click.Context.formatter_class = _Formatter


def _present(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def commands_of(module: ModuleType) -> dict[str, click.Command]:
    """Return the commands that a module shows, without those that hang below one of its groups."""
    shown = [value for value in vars(module).values() if isinstance(value, click.Command)]
    below = {id(inner) for one in shown if isinstance(one, click.Group) for inner in one.commands.values()}
    return {one.name: one for one in shown if one.name and id(one) not in below}


class _Program(click.Group):
    """A group that finds the packages' commands when they are asked for."""

    def _feature_commands(self) -> dict[str, click.Command]:
        found: dict[str, click.Command] = {}
        for package in PACKAGES:
            name = f"{package}.cli"
            if _present(name):
                for command_name, command in commands_of(importlib.import_module(name)).items():
                    held = found.get(command_name)
                    if isinstance(held, click.Group) and isinstance(command, click.Group):
                        for inner_name, inner in command.commands.items():
                            held.add_command(inner, inner_name)
                    else:
                        found[command_name] = command
        return found

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return all names, kernel commands first."""
        return [*KERNEL_COMMANDS, *sorted(self._feature_commands())]

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name, or None."""
        if cmd_name in KERNEL_COMMANDS:
            return commands_of(importlib.import_module(KERNEL_COMMANDS[cmd_name])).get(cmd_name)
        return self._feature_commands().get(cmd_name)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; refusals become exit code 1 with one sentence."""
        try:
            return super().main(*args, **kwargs)
        except DomainError as error:
            click.echo(str(error), err=True)
            sys.exit(1)


def read_settings() -> Settings:
    """Return the settings of the environment.

    Raises: click.UsageError: some value cannot be used; all faults are told together.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        faults = [
            f"LMS_{'_'.join(str(part) for part in fault['loc']).upper() or 'PENGATURAN'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise click.UsageError("Pengaturan tidak dapat dipakai.\n" + "\n".join(faults)) from error
    runtime.configure(settings)
    return settings


def make_app(settings: Settings) -> Flask:
    """Return the application; imported late, since its import takes seconds."""
    gc.disable()  # thousands of classes and mappers are made and none is garbage: a seventh of the start
    try:
        app: Flask = importlib.import_module("lms.app").create_app(settings)
    finally:
        gc.enable()
    gc.freeze()
    return app


@click.group(
    cls=_Program,
    help="Bina, sistem pembelajaran untuk aparatur kecamatan dan kelurahan.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="bina", message="%(prog)s %(version)s", help="Tampilkan versi.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Make the application context that the packages' commands run in."""
    name = ctx.invoked_subcommand
    asks_for_help = any(word in {"-h", "--help"} for word in sys.argv[1:])
    if name is None or name in KERNEL_COMMANDS or asks_for_help or ctx.resilient_parsing:
        return
    app = make_app(read_settings())
    ctx.obj = app
    ctx.with_resource(app.app_context())


def main() -> None:
    """Run the program."""
    cli(prog_name="lms")


if __name__ == "__main__":
    main()
