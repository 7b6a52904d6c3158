"""The page of an evaluation: all metrics, the verdict, overlays, pictures, the oddest showers, a map."""

from __future__ import annotations

from collections.abc import Sequence

from simkit.bench.words import physics_words
from simkit.record.evaluation import (
    Evaluation,
    Metric,
    MetricValue,
    OverlaidHistogram,
    ShowerFile,
    published_showers,
)
from simkit.report.figures.margins import margins_figure
from simkit.report.figures.models import models_figure
from simkit.report.figures.profiles import LayerProfile, overlay_figure
from simkit.report.figures.showers import (
    correlations_figure,
    histogram_overlay,
    map_figure,
    pictures_figure,
    ring_overlay,
)
from simkit.report.numbers import count, decimals_for, duration, energy_words, plain, typeset
from simkit.report.page_parts import (
    VERDICT_MARKS,
    Cell,
    Download,
    Facts,
    Fold,
    Page,
    PageSection,
    Row,
    Table,
    Text,
    file_name,
)
from simkit.report.physics import observables_table
from simkit.report.provenance import machine_facts

FIRST = ("response", "mean layer", "layer width", "cell energy")
"""Observables that are drawn first; of the others the worst of each kind follows."""


def evaluation_page(record: Evaluation, download: Download) -> Page:
    """Return the page of an evaluation."""
    return Page(
        title="Generated showers against true ones",
        subtitle=f"{record.showers:,} {record.particle} showers a sample in {record.cells:,} cells, "
        f"{energy_words(record.truth.energy_MeV[0])} to {energy_words(record.truth.energy_MeV[1])}",
        headline=typeset(_headline(record)),
        headline_mark=VERDICT_MARKS[record.verdict],
        remarks=[typeset(f"{note[:1].upper()}{note[1:]}.") for note in _remarks(record)],
        sections=[
            PageSection("metrics", "Metrics", "All metrics", [_metrics(record.metrics)], _INTRO),
            *_published(record),
            _physics(record),
            _observables(record),
            _showers(record),
            _provenance(record, download),
        ],
        created=record.provenance.created,
    )


_INTRO = (
    "Generated showers against the truth and, with the same number of showers and the same seeds, a second "
    "sample of the truth against the first: what a perfect generator would give here."
)


def _headline(record: Evaluation) -> str:
    aucs = [
        f"{one.name} {one.generated.value:.3f} (truth against itself {one.truth.value:.3f})"
        for one in record.aucs
    ]
    return "; ".join([*aucs, f"the physics {physics_words(record.physics)}"]) + "."


def _remarks(record: Evaluation) -> list[str]:
    quick = ["made with few showers, one seed and a small network: no AUC to quote"] if record.quick else []
    short = ["the networks' matrix products are in bfloat16"] if record.bfloat16 else []
    above = (
        [f"an AUC is above {record.max_auc:g}, which was asked for: the verdict is fail"]
        if record.auc_too_large
        else []
    )
    return [*quick, *short, *above, *record.notes]


def metric_cell(of: MetricValue) -> Cell:
    """Return a value and, below it, its uncertainty."""
    if of.error is None:
        return Cell(plain(of.value))
    if of.error < 1e-4:
        return Cell(plain(of.value, 3), f"± {plain(of.error, 2)}")
    places = decimals_for(of.error, highest=6)
    return Cell(typeset(f"{of.value:.{places}f}"), f"± {of.error:.{places}f}")


def _metrics(metrics: Sequence[Metric]) -> Table:
    return Table(
        "Uncertainties: of an AUC, the scatter over seeds, of one seed that of no difference; of FPD and "
        "KPD, as they define it.",
        ["metric", "generated", "truth", "best", "showers", "time"],
        [
            [
                Cell(typeset(one.name), typeset(one.note)),
                metric_cell(one.generated),
                metric_cell(one.truth),
                Cell(plain(one.best, 2)),
                Cell(count(one.showers)),
                Cell(duration(one.seconds) if one.seconds >= 0.1 else ""),
            ]
            for one in metrics
        ],
        wide=True,
    )


def _published(record: Evaluation) -> list[PageSection]:
    if not record.published:
        return []
    low, high = record.metric("auc_low"), record.metric("auc_high")
    keys = ("auc_low", "auc_high", "fpd", "kpd", "precision", "recall", "density", "coverage")
    here = [record.metric(key) for key in keys]
    rows = [
        [
            Cell(name, f"{record.showers:,} a class"),
            *(Cell("–" if one is None else plain(getattr(one, side).value, 3)) for one in here),
            Cell(""),
        ]
        for name, side in (("these showers", "generated"), ("truth against truth, here", "truth"))
    ]
    rows += [
        [
            Cell(one.model),
            *(Cell(plain(getattr(one, key), 3)) for key in keys),
            Cell(plain(one.cpu_ms_100, 3)),
        ]
        for one in sorted(record.published, key=lambda one: one.worse_auc)
    ]
    table = Table(
        f"Published: {record.published_source}, {published_showers(record.dataset or ''):,} showers a class.",
        [
            *("model", "AUC, cells", "AUC, high-level", "FPD", "KPD", "precision", "recall"),
            *("density", "coverage", "CPU ms a shower, batch 100"),
        ],
        rows,
        wide=True,
    )
    intro = (
        f"All models of the CaloChallenge on dataset {record.dataset}, as published. Theirs were judged "
        "against Geant4 on other samples; FPD, KPD, precision to coverage and, a little, AUC depend on the "
        "number of showers."
    )
    figure = models_figure(record.published, {}, None)
    if low is not None and high is not None:
        made = {"these showers": (low.generated, high.generated)}
        figure = models_figure(record.published, made, (low.truth, high.truth))
    return [
        PageSection("published", "Published", "Beside the CaloChallenge's models", [figure, table], intro)
    ]


def _physics(record: Evaluation) -> PageSection:
    layers = []
    for of in record.profiles:
        rows = [r for r in record.physics.rows if r.observable == "layer" and r.region == of.energies]
        layers.append(
            overlay_figure(
                file_name("layers", of.energies),
                of.energies,
                LayerProfile("truth", of.truth, of.truth_sem),
                LayerProfile("generated", of.generated, of.generated_sem),
                rows if list(of.layers) == list(range(len(of.layers))) else [],
            )
        )
    rings = [ring_overlay(of) for of in record.profiles if of.truth_rings]
    blocks = [
        *([margins_figure({"generated": record.physics})] if record.physics.rows else []),
        *([observables_table(record.physics, ("truth", "generated"))] if record.physics.rows else []),
        Row(layers),
        *([Row(rings)] if rings else []),
    ]
    intro = (
        "The verdict: response within 0.5 %, half of its central 68 % within 10 %, layers within 2 % of the "
        "largest, each decade of energy apart; every 90 % interval must lie inside. Energies are those of a "
        "shower of the decade's mean incident energy."
    )
    return PageSection("physics", "Physics", "Are means and widths the same?", blocks, intro)


def _observables(record: Evaluation) -> PageSection:
    groups = Table(
        "Separation (0: same, 1: no overlap) and chi2/NDF of histograms of 30 bins, under- and overflow "
        "included; generated, and truth against truth below.",
        ["observable", "mean separation", "largest", "where", "mean chi2/NDF"],
        [
            [
                Cell(one.name, f"{one.layers} layers" if one.layers > 1 else ""),
                _pair(one.mean),
                _pair(one.largest),
                Cell(one.largest_at),
                _pair(one.chi2_ndf),
            ]
            for one in record.groups
        ],
        words=[3],
        wide=True,
    )
    by_name = {one.name: one for one in record.histograms}
    worst = [one.largest_at for one in record.groups if one.largest_at not in FIRST]
    points = Table(
        "chi2/NDF of the response at each energy: 30 bins; truth against truth beside.",
        ["incident energy", "showers", "generated", "truth"],
        [
            [
                Cell(
                    energy_words(one.low_MeV)
                    + ("" if one.low_MeV == one.high_MeV else f" to {energy_words(one.high_MeV)}")
                ),
                Cell(count(one.showers)),
                *(Cell(plain(chi2 / freedom, 3)) for chi2, freedom in zip(one.chi2, one.freedom)),
            ]
            for one in record.response
        ],
    )

    def drawn(names: Sequence[str]) -> Row:
        found: list[OverlaidHistogram] = [by_name[name] for name in names if name in by_name]
        return Row([histogram_overlay(one) for one in found])

    blocks = [
        drawn(FIRST),
        groups,
        Fold(Cell("The worst layer of each observable"), [drawn(worst)]),
        *([Fold(Cell("Response by energy"), [points])] if record.response else []),
        correlations_figure(record.correlations),
    ]
    return PageSection("observables", "Observables", "One number at a time", blocks)


def _pair(of: tuple[float, float] | None) -> Cell:
    return Cell("–") if of is None else Cell(plain(of[0], 3), plain(of[1], 3))


def _showers(record: Evaluation) -> PageSection:
    blocks: list = [
        pictures_figure(
            "average-showers",
            "Average showers",
            "Mean over all showers of the energy over the incident one, angles summed.",
            record.pictures,
        )
    ]
    if record.odd_showers:
        blocks.append(
            pictures_figure(
                "odd-showers",
                "The oddest generated showers",
                "Left: what an isolation forest grown on true showers finds oddest. Right: the true shower "
                "that is nearest in energy, in the same colours.",
                record.odd_showers,
            )
        )
    if record.map is not None:
        blocks.append(map_figure(record.map))
    return PageSection("showers", "Showers", "What the showers look like", blocks)


def _file(name: str, of: ShowerFile | None) -> list[tuple[str, str]]:
    if of is None:
        return []
    return [(name, f"{of.file}, {of.used:,} of {of.showers:,} showers, sha256 {of.sha256[:16]}")]


def _provenance(record: Evaluation, download: Download) -> PageSection:
    origin = record.provenance
    made = [
        ("command", origin.command),
        ("created", origin.created),
        *_file("generated", record.generated),
        *_file("truth", record.truth),
        *_file("second truth", record.second_truth),
        *_file("training", record.training),
        ("cells below", f"{1e3 * record.threshold_MeV:.4g} keV count as zero"),
        ("seeds", f"{record.seeds} from {origin.seeds.get('base', 'unknown')}"),
        ("time", duration(record.seconds)),
    ]
    blocks = [
        Row([Facts("How it was made", made), machine_facts(origin.machine, origin.versions)]),
        Facts("Versions", [(name, of or "unknown") for name, of in origin.versions.items()]),
        *([] if record.training else [Text("No training showers were given: copies were not looked for.")]),
        download,
    ]
    return PageSection("provenance", "Provenance", "Where the numbers come from", blocks)
