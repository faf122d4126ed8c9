"""The command line: the whole job, its steps one by one, and what helps with them.

Exit codes: 0 done; 1 for ``check`` where some of the input was left out; 2 for input that cannot be
used; 130 where it was stopped.
"""

import time
from pathlib import Path
from typing import Annotated

import typer

import phusong
from phusong.errors import PhusongError

__all__ = ["app", "main"]

app = typer.Typer(
    help="Plan mobile coverage over real terrain and find where it is missing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Settings = Annotated[Path, typer.Argument(metavar="FILE.toml", help="Settings file.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")]
Language = Annotated[str | None, typer.Option(help="Words of map, workbook and table: en or vi.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the table.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")]

FOLDER = Path("phusong-output")


@app.command()
def demo(
    output: Output = FOLDER, language: Language = None, quiet: Quiet = False, json: AsJson = False
) -> None:
    """Do the main job on the built-in, made-up province."""
    from phusong.sample_province import write_sample

    _do(write_sample(output / "inputs")["settings"], output, None, language, quiet, json)


@app.command()
def run(
    settings_file: Settings,
    output: Output = FOLDER,
    language: Language = None,
    quiet: Quiet = False,
    json: AsJson = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Tell what the prediction would take, and stop.")
    ] = False,
) -> None:
    """Do the main job on your own files, which a settings file names: every step of it."""
    if estimate:
        from phusong.job import estimate as estimate_job

        typer.echo(estimate_job(settings_file, output))
        return
    _do(settings_file, output, None, language, quiet, json)


@app.command()
def check(settings_file: Settings, output: Output = FOLDER, json: AsJson = False) -> None:
    """Read every input, and tell what was mended, left out or looks doubtful; write nothing."""
    from phusong.job.checking import check_inputs

    checked = check_inputs(settings_file, output)
    typer.echo(checked.to_json() if json else checked)
    raise typer.Exit(int(checked.something_left_out))


_STEP_HELP = {
    "predict": "Step 1: predict levels and servers.",
    "gaps": "Step 2: find where service is missing, in what `predict` wrote.",
    "plan": "Step 3: propose sites for the gaps of what `predict` wrote.",
    "map": "Step 4: draw the map of what `predict` and `plan` wrote.",
    "report": "Step 5: write workbook and report of what `predict` and `plan` wrote.",
}


def _add_step(name: str, told: str) -> None:
    @app.command(name, help=told)
    def step(
        settings_file: Settings,
        output: Output = FOLDER,
        language: Language = None,
        quiet: Quiet = False,
        json: AsJson = False,
    ) -> None:
        _do(settings_file, output, name, language, quiet, json)


for _name, _told in _STEP_HELP.items():
    _add_step(_name, _told)


@app.command()
def link(
    terrain: Annotated[Path, typer.Option(help="Raster of elevations, m.")],
    from_: Annotated[str, typer.Option("--from", help="Base station, LON,LAT in degrees.")],
    to: Annotated[str, typer.Option(help="Handset, LON,LAT in degrees.")],
    tx_height: Annotated[float, typer.Option(help="Base antenna above ground, m.")],
    frequency: Annotated[float, typer.Option(help="Frequency, MHz.")],
    rx_height: Annotated[float, typer.Option(help="Handset above ground, m.")] = 1.5,
    clutter: Annotated[float, typer.Option(help="Trees and houses along the path, m.")] = 10.0,
    power: Annotated[float | None, typer.Option(help="Total power of the cell, dBm.")] = None,
    gain: Annotated[float | None, typer.Option(help="Base antenna gain, dBi.")] = None,
    feeder_loss: Annotated[float, typer.Option(help="Feeder loss, dB.")] = 0.0,
    antenna: Annotated[str | None, typer.Option(help="Pattern file, or a panel's name.")] = None,
    azimuth: Annotated[float | None, typer.Option(help="Where it looks, degrees.")] = None,
    tilt: Annotated[float, typer.Option(help="Its mechanical tilt, degrees.")] = 0.0,
    technology: Annotated[str, typer.Option(help="3G, 4G or 5G.")] = "4G",
    bandwidth: Annotated[float, typer.Option(help="Bandwidth, MHz.")] = 20.0,
    model: Annotated[str, typer.Option(help="A model, several with commas, or all.")] = "p1812",
    plot: Annotated[Path | None, typer.Option(help="Picture to write: PNG, SVG, PDF.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")] = False,
) -> None:
    """Explain one link: profile, Fresnel zone, each model's terms, level and margin."""
    from phusong.links.command import link_command

    # Without a gain of its own the command takes the antenna file's.
    given = {} if gain is None else {"antenna_gain_dbi": gain}
    text = link_command(
        terrain,
        from_,
        to,
        tx_height_m=tx_height,
        frequency_mhz=frequency,
        rx_height_m=rx_height,
        clutter_m=clutter,
        power_dbm=power,
        feeder_loss_db=feeder_loss,
        antenna=antenna,
        azimuth_deg=azimuth,
        mechanical_tilt_deg=tilt,
        technology=technology,
        bandwidth_mhz=bandwidth,
        model=model,
        plot=plot,
        as_json=json,
        **given,
    )
    typer.echo(text)


@app.command()
def fetch(
    area: Annotated[str, typer.Option(help="WEST,SOUTH,EAST,NORTH in degrees.")] = "",
    into: Annotated[Path, typer.Option(help="Folder for the data.")] = Path("data"),
    country: Annotated[str, typer.Option(help="Code of three letters.")] = "VNM",
    data: Annotated[str, typer.Option(help="Names of offers, with commas.")] = "",
    list_: Annotated[bool, typer.Option("--list", help="List the offers, and stop.")] = False,
    quiet: Quiet = False,
) -> None:
    """Fetch public terrain, people, land cover and boundaries of an area, ready for a job."""
    from phusong.fetching import fetch as fetch_data
    from phusong.fetching import offers
    from phusong.fetching.fetching import USUAL

    if list_:
        for offer in offers():
            usual = "*" if offer.name in USUAL else " "
            typer.echo(f"{usual} {offer.name:<18} {offer.kind:<10} {offer.title}; {offer.licence}")
        return
    wanted = data.split(",") if data else USUAL
    typer.echo(fetch_data(area, into, country=country, wanted=wanted, progress=not quiet))


@app.command()
def prune(
    folder: Annotated[Path, typer.Argument(help="A store: the folder path_loss of the results.")],
    unused_days: Annotated[
        float | None, typer.Option(help="Remove path loss not used for so many days.")
    ] = None,
    most_gb: Annotated[
        float | None, typer.Option(help="Remove the longest unused down to this size.")
    ] = None,
) -> None:
    """Remove kept path loss that the last run did not use; or by age, or down to a size."""
    from phusong.errors import InputError
    from phusong.prediction import PathLossStore

    if not folder.is_dir():
        raise InputError(str(folder), ["there is no such folder: give that of kept path loss"])
    most_bytes = None if most_gb is None else 1e9 * most_gb
    pruned = PathLossStore(folder).prune(unused_days=unused_days, most_bytes=most_bytes)
    typer.echo(
        f"removed {pruned.windows} windows, {pruned.size_bytes / 1e6:.1f} MB; "
        f"{pruned.windows_left} are left"
    )


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"phusong {phusong.__version__}")
        raise typer.Exit


def _do(
    settings_file: Path,
    output: Path,
    step: str | None,
    language: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    from phusong.job import STEPS
    from phusong.job import run as run_job
    from phusong.job.telling import as_text, to_json

    started = time.monotonic()

    def say(line: str) -> None:
        if not quiet:
            typer.echo(f"[{time.monotonic() - started:5.1f} s] {line}", err=True)

    steps = STEPS if step is None else (step,)
    job = run_job(
        settings_file, output, steps=steps, language=language, progress=not quiet, say=say
    )
    say("done")
    typer.echo(to_json(job) if as_json else as_text(job))


def main() -> None:
    """Run the command line; a phusong error is told in a few lines, without a traceback."""
    try:
        app()
    except PhusongError as error:
        typer.echo(f"phusong: {error}", err=True)
        raise SystemExit(2) from error
    except OSError as error:
        typer.echo(f"phusong: {error.filename or 'a file'}: {error.strerror or error}", err=True)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        typer.echo("phusong: stopped; what is in the output folder is whole", err=True)
        raise SystemExit(130) from None
