"""Other engines: they are installed in ``.venv-interop`` alone, and nothing here is collected by the ordinary run."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Portable = Callable[..., bytes]


@pytest.fixture(scope="session")
def portable(root: Path) -> Portable:
    """The program ``portable``: its arguments and its input go in, its output comes out."""
    manifest = root / "tests" / "interop" / "portable" / "Cargo.toml"
    target = root / "target" / "interop"
    build = ["cargo", "build", "--release", "--locked", "--quiet"]
    subprocess.run([*build, "--manifest-path", str(manifest), "--target-dir", str(target)], check=True)

    def run(*arguments: str, content: bytes) -> bytes:
        command = [str(target / "release" / "portable"), *arguments]
        return subprocess.run(command, input=content, capture_output=True, check=True).stdout

    return run


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One local Spark for all tests, without its web interface."""
    from pyspark.sql import SparkSession

    if shutil.which("java") is None:
        pytest.fail("Spark needs Java 17 or newer, found no java on PATH")
    folder = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.driver.memory": "1g",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        # Without it Spark refuses files that hold times in nanoseconds; they are whole numbers to it.
        "spark.sql.legacy.parquet.nanosAsLong": "true",
        "spark.ui.enabled": "false",
    }
    builder = SparkSession.builder.master("local[2]").appName("interop")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
