"""From masts to signal level per operator and technology."""

from phusong.prediction.coverage import Coverage
from phusong.prediction.estimating import Estimate
from phusong.prediction.predicting import predict
from phusong.prediction.settings import PredictSettings

__all__ = ["Coverage", "Estimate", "PredictSettings", "predict"]
