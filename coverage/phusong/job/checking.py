"""Reading all inputs of a job to see whether they are fit for it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from phusong.job.inputs import JobInputs
from phusong.job.settings import JobSettings
from phusong.prediction import Estimate

__all__ = ["CheckedInputs", "check_inputs"]

_LEFT_OUT = "rejected"


@dataclass(frozen=True, repr=False)
class CheckedInputs:
    """Inputs that can be used, and what was found in them.

    Attributes
    ----------
    name
        Of the job.
    findings
        With the columns of `phusong.Network.findings`.
    estimate
        What the prediction would take.
    """

    name: str
    findings: pd.DataFrame
    estimate: Estimate

    @property
    def something_left_out(self) -> bool:
        """Whether a row or feature was rejected."""
        return bool(self.findings["severity"].eq(_LEFT_OUT).any())

    def to_json(self) -> str:
        """Name, findings and the estimate's line as JSON."""
        told = {
            "name": self.name,
            "findings": json.loads(self.findings.to_json(orient="records")),
            "estimate": self.estimate.line(),
        }
        return json.dumps(told, indent=2, ensure_ascii=False)

    def __repr__(self) -> str:
        found = self.findings.to_string(index=False) if len(self.findings) else "no findings"
        return f"{self.name}: the inputs can be used\n\n{found}\n\n{self.estimate}"


def check_inputs(
    settings_file: str | os.PathLike[str], output: str | os.PathLike[str]
) -> CheckedInputs:
    """Read every input of a job and check it, without computing or writing anything.

    Raises
    ------
    InputError
        When the settings or an input cannot be used: all problems of the first that cannot.
    """
    path = Path(settings_file)
    inputs = JobInputs.read(path, JobSettings.open(path), lambda _: None)
    findings = pd.concat([inputs.scene.findings, inputs.network.findings], ignore_index=True)
    estimate = inputs.scene.estimate(inputs.network, **inputs.prediction(Path(output)))
    return CheckedInputs(inputs.settings.name, findings, estimate)
