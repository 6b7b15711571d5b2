import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from driftline.exporters.elastic_templates import component_template, index_template
from driftline.exporters.kibana_objects import saved_objects

Run = Callable[..., Any]


def test_files_for_an_elastic_stack(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "elastic"
    outcome = run("export", "elastic", "--out", folder, "--index", "w", "--data-stream")
    assert outcome.code == 0, outcome.err
    assert outcome.out.count("written to") == 3
    component = json.loads((folder / "component-template.json").read_text("utf-8"))
    assert component == component_template("histogram")
    index = json.loads((folder / "index-template.json").read_text("utf-8"))
    assert index == index_template("w", data_stream=True)
    lines = (folder / "kibana.ndjson").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == saved_objects("w")


def test_what_the_exporter_refuses_is_refused(run: Run, tmp_path: Path) -> None:
    outcome = run("export", "elastic", "--out", tmp_path / "elastic", "--index", "Upper")
    assert outcome.code == 1
    assert "--index" in outcome.err
    assert not (tmp_path / "elastic").exists()
