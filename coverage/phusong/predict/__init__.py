"""Floor 3: from masts to signal level per operator and technology."""

from phusong.predict.coverage import Coverage
from phusong.predict.predicting import predict
from phusong.predict.settings import PredictSettings

__all__ = ["Coverage", "PredictSettings", "predict"]
