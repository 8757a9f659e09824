"""What is deployed, and what Lambda's own Python has beside it."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from deploy.trim import trim
from local.functions import ROOT
from local.template import TEMPLATE, load_template

LAMBDA_PYTHON = (3, 13)  # template.yaml's Runtime
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
# What Lambda's Python runtime brings: its interface client, and boto3. With what these two need.
RUNTIME_PACKAGES = ("awslambdaric", "boto3")


@dataclass(frozen=True)
class Artifact:
    """A built template, and the folder of each of its functions, by logical id; what the layer is made of."""

    template: Path
    folders: dict[str, Path]
    layer: Path


def architecture() -> str:
    """This machine's processor, by Lambda's name for it."""
    return ARCHITECTURES[platform.machine()]


def emulator() -> Path:
    """Lambda's runtime interface emulator, which the SAM CLI ships."""
    pattern = f".sam-cli/lib/python3.*/site-packages/samcli/local/rapid/aws-lambda-rie-{architecture()}"
    found = next(ROOT.glob(pattern), None)
    assert found, "the SAM CLI is not installed here: make .sam-cli/stamp"
    return found


def build(into: Path) -> Artifact:
    """`make build` for this machine; without Lambda's Python, the same files for the Python that there is."""
    built = _sam_build(into) if sys.version_info[:2] == LAMBDA_PYTHON else _pip_install(into)
    for folder in set(built.folders.values()):
        trim(folder)
    return built


def provide_runtime(into: Path) -> Path:
    """A folder of links to what Lambda's runtime has installed, and to nothing else of this environment."""
    into.mkdir()
    for package in _with_requirements(RUNTIME_PACKAGES):
        # A file that is not below site-packages (a command, say) begins with "..".
        for name in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            (into / name).symlink_to(str(package.locate_file(name)))
    return into


def _sam_build(into: Path) -> Artifact:
    # No cache: it would be kept beside the developer's own build.
    command: list[str | Path] = [ROOT / ".sam-cli" / "bin" / "sam", "build", "--no-cached", "--build-dir", into]
    parameters = ["--parameter-overrides", f"Architecture={architecture()}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"}
    _run([*command, *parameters], environment)
    template = load_template(into / "template.yaml")
    functions = template.of_type("AWS::Serverless::Function")
    folders = {name: into / template.properties(name)["CodeUri"] for name in functions}
    return Artifact(into / "template.yaml", folders, _layer(into / "template.yaml"))


def _pip_install(into: Path) -> Artifact:
    source = ROOT / "functions"
    shutil.copytree(source, into, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    _run([*pip, "--target", into, "--requirement", source / "requirements.txt"], dict(os.environ))
    folders = dict.fromkeys(load_template().of_type("AWS::Serverless::Function"), into)
    return Artifact(TEMPLATE, folders, _layer(TEMPLATE))


def _layer(template: Path) -> Path:
    """What `sam deploy` zips for the template's one layer."""
    document = load_template(template)
    (name,) = document.of_type("AWS::Serverless::LayerVersion")
    content: str = document.properties(name)["ContentUri"]
    return (template.parent / content).resolve()


def _run(command: Sequence[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _with_requirements(names: tuple[str, ...]) -> Iterator[Distribution]:
    waiting, seen = list(names), set(names)
    while waiting:
        package = distribution(waiting.pop())
        yield package
        for line in package.requires or ():
            needed = Requirement(line)
            if needed.name not in seen and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
                seen.add(needed.name)
                waiting.append(needed.name)
