"""Writes the Python messages, their type stubs and the gRPC stubs of the contract.

The version of grpcio-tools decides what the generated code asks of protobuf and grpcio at run time, so it is pinned
in pyproject.toml. Run it by ``make proto``.
"""

from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

SOURCES = Path(__file__).parent
PACKAGE = SOURCES.parent / "python"
FOLDERS = ("driftline/v*", "driftline/exporters/messages")
"""Below `proto/` the contracts, below a package what is generated of them."""


def contracts() -> list[Path]:
    """All contracts, sorted."""
    return sorted(path for folder in FOLDERS for path in SOURCES.glob(f"{folder}/*.proto"))


def generated(package: Path) -> list[Path]:
    """What lies below a package of what is generated, sorted."""
    return sorted(path for folder in FOLDERS for path in package.glob(f"{folder}/*_pb2*.py*"))


def generate(output: Path) -> list[Path]:
    """Generates all contracts below a folder, and returns the files written, sorted."""
    protos = contracts()
    if not protos:
        raise FileNotFoundError(f"no .proto file below {SOURCES}")
    arguments = [
        "protoc",
        f"--proto_path={SOURCES}",
        f"--proto_path={files('grpc_tools') / '_proto'}",
        f"--python_out={output}",
        f"--pyi_out={output}",
        f"--grpc_python_out={output}",
        *map(str, protos),
    ]
    if protoc.main(arguments) != 0:
        raise RuntimeError("protoc failed; its message is above")
    return generated(output)


if __name__ == "__main__":
    generate(PACKAGE)
