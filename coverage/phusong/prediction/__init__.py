"""From masts to signal level per operator and technology."""

from phusong.prediction.coverage import Coverage
from phusong.prediction.estimating import Estimate
from phusong.prediction.predicting import predict
from phusong.prediction.settings import PredictSettings
from phusong.prediction.store import PathLossStore

__all__ = ["Coverage", "Estimate", "PathLossStore", "PredictSettings", "predict"]
