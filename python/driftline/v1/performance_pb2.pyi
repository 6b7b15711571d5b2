from driftline.v1 import ranking_pb2 as _ranking_pb2
from driftline.v1 import selection_pb2 as _selection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PerformanceRequest(_message.Message):
    __slots__ = ("selection", "by", "curves")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    CURVES_FIELD_NUMBER: _ClassVar[int]
    selection: _selection_pb2.Selection
    by: _containers.RepeatedScalarFieldContainer[str]
    curves: bool
    def __init__(self, selection: _Optional[_Union[_selection_pb2.Selection, _Mapping]] = ..., by: _Optional[_Iterable[str]] = ..., curves: bool = ...) -> None: ...

class PerformanceResponse(_message.Message):
    __slots__ = ("segments", "coverage")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedCompositeFieldContainer[SegmentPerformance]
    coverage: _selection_pb2.Coverage
    def __init__(self, segments: _Optional[_Iterable[_Union[SegmentPerformance, _Mapping]]] = ..., coverage: _Optional[_Union[_selection_pb2.Coverage, _Mapping]] = ...) -> None: ...

class SegmentPerformance(_message.Message):
    __slots__ = ("segment", "predictions", "labels", "coverage", "label_delay_p50_seconds", "label_delay_p99_seconds", "classification", "regression", "ranking", "corrections", "newest_label_unix_nanos", "weighted_records", "weighted")
    class SegmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    LABEL_DELAY_P50_SECONDS_FIELD_NUMBER: _ClassVar[int]
    LABEL_DELAY_P99_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CLASSIFICATION_FIELD_NUMBER: _ClassVar[int]
    REGRESSION_FIELD_NUMBER: _ClassVar[int]
    RANKING_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_FIELD_NUMBER: _ClassVar[int]
    NEWEST_LABEL_UNIX_NANOS_FIELD_NUMBER: _ClassVar[int]
    WEIGHTED_RECORDS_FIELD_NUMBER: _ClassVar[int]
    WEIGHTED_FIELD_NUMBER: _ClassVar[int]
    segment: _containers.ScalarMap[str, str]
    predictions: int
    labels: int
    coverage: _selection_pb2.Estimate
    label_delay_p50_seconds: float
    label_delay_p99_seconds: float
    classification: ClassificationPerformance
    regression: RegressionPerformance
    ranking: _ranking_pb2.RankingPerformance
    corrections: int
    newest_label_unix_nanos: int
    weighted_records: int
    weighted: _containers.RepeatedCompositeFieldContainer[WeightedFigure]
    def __init__(self, segment: _Optional[_Mapping[str, str]] = ..., predictions: _Optional[int] = ..., labels: _Optional[int] = ..., coverage: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., label_delay_p50_seconds: _Optional[float] = ..., label_delay_p99_seconds: _Optional[float] = ..., classification: _Optional[_Union[ClassificationPerformance, _Mapping]] = ..., regression: _Optional[_Union[RegressionPerformance, _Mapping]] = ..., ranking: _Optional[_Union[_ranking_pb2.RankingPerformance, _Mapping]] = ..., corrections: _Optional[int] = ..., newest_label_unix_nanos: _Optional[int] = ..., weighted_records: _Optional[int] = ..., weighted: _Optional[_Iterable[_Union[WeightedFigure, _Mapping]]] = ...) -> None: ...

class WeightedFigure(_message.Message):
    __slots__ = ("name", "estimate", "effective_n")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_N_FIELD_NUMBER: _ClassVar[int]
    name: str
    estimate: _selection_pb2.Estimate
    effective_n: float
    def __init__(self, name: _Optional[str] = ..., estimate: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., effective_n: _Optional[float] = ...) -> None: ...

class OutcomeValue(_message.Message):
    __slots__ = ("outcome", "classes", "value")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    outcome: str
    classes: OutcomeClasses
    value: float
    def __init__(self, outcome: _Optional[str] = ..., classes: _Optional[_Union[OutcomeClasses, _Mapping]] = ..., value: _Optional[float] = ...) -> None: ...

class OutcomeClasses(_message.Message):
    __slots__ = ("label", "predicted")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_FIELD_NUMBER: _ClassVar[int]
    label: str
    predicted: str
    def __init__(self, label: _Optional[str] = ..., predicted: _Optional[str] = ...) -> None: ...

class Figure(_message.Message):
    __slots__ = ("name", "estimate", "n")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    name: str
    estimate: _selection_pb2.Estimate
    n: int
    def __init__(self, name: _Optional[str] = ..., estimate: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., n: _Optional[int] = ...) -> None: ...

class ClassificationPerformance(_message.Message):
    __slots__ = ("accuracy", "precision", "recall", "f1", "roc_auc", "log_loss", "average", "positive_class", "confusion", "figures", "classes", "curves")
    ACCURACY_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    RECALL_FIELD_NUMBER: _ClassVar[int]
    F1_FIELD_NUMBER: _ClassVar[int]
    ROC_AUC_FIELD_NUMBER: _ClassVar[int]
    LOG_LOSS_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_FIELD_NUMBER: _ClassVar[int]
    POSITIVE_CLASS_FIELD_NUMBER: _ClassVar[int]
    CONFUSION_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    CURVES_FIELD_NUMBER: _ClassVar[int]
    accuracy: _selection_pb2.Estimate
    precision: _selection_pb2.Estimate
    recall: _selection_pb2.Estimate
    f1: _selection_pb2.Estimate
    roc_auc: _selection_pb2.Estimate
    log_loss: _selection_pb2.Estimate
    average: str
    positive_class: str
    confusion: _containers.RepeatedCompositeFieldContainer[ConfusionCount]
    figures: _containers.RepeatedCompositeFieldContainer[Figure]
    classes: _containers.RepeatedCompositeFieldContainer[ClassPerformance]
    curves: ScoreCurves
    def __init__(self, accuracy: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., precision: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., recall: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., f1: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., roc_auc: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., log_loss: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., average: _Optional[str] = ..., positive_class: _Optional[str] = ..., confusion: _Optional[_Iterable[_Union[ConfusionCount, _Mapping]]] = ..., figures: _Optional[_Iterable[_Union[Figure, _Mapping]]] = ..., classes: _Optional[_Iterable[_Union[ClassPerformance, _Mapping]]] = ..., curves: _Optional[_Union[ScoreCurves, _Mapping]] = ...) -> None: ...

class ConfusionCount(_message.Message):
    __slots__ = ("label", "predicted", "count")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    label: str
    predicted: str
    count: int
    def __init__(self, label: _Optional[str] = ..., predicted: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class ClassPerformance(_message.Message):
    __slots__ = ("name", "labelled", "predicted", "figures")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LABELLED_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    labelled: int
    predicted: int
    figures: _containers.RepeatedCompositeFieldContainer[Figure]
    def __init__(self, name: _Optional[str] = ..., labelled: _Optional[int] = ..., predicted: _Optional[int] = ..., figures: _Optional[_Iterable[_Union[Figure, _Mapping]]] = ...) -> None: ...

class ScoreCurves(_message.Message):
    __slots__ = ("calibration", "thresholds", "gain")
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    GAIN_FIELD_NUMBER: _ClassVar[int]
    calibration: _containers.RepeatedCompositeFieldContainer[CalibrationBin]
    thresholds: _containers.RepeatedCompositeFieldContainer[ThresholdPoint]
    gain: _containers.RepeatedCompositeFieldContainer[GainPoint]
    def __init__(self, calibration: _Optional[_Iterable[_Union[CalibrationBin, _Mapping]]] = ..., thresholds: _Optional[_Iterable[_Union[ThresholdPoint, _Mapping]]] = ..., gain: _Optional[_Iterable[_Union[GainPoint, _Mapping]]] = ...) -> None: ...

class CalibrationBin(_message.Message):
    __slots__ = ("low", "high", "n", "score", "positives")
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    POSITIVES_FIELD_NUMBER: _ClassVar[int]
    low: float
    high: float
    n: int
    score: _selection_pb2.Estimate
    positives: _selection_pb2.Estimate
    def __init__(self, low: _Optional[float] = ..., high: _Optional[float] = ..., n: _Optional[int] = ..., score: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., positives: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ...) -> None: ...

class ThresholdPoint(_message.Message):
    __slots__ = ("threshold", "rate", "precision", "recall", "f1")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    RECALL_FIELD_NUMBER: _ClassVar[int]
    F1_FIELD_NUMBER: _ClassVar[int]
    threshold: float
    rate: _selection_pb2.Estimate
    precision: _selection_pb2.Estimate
    recall: _selection_pb2.Estimate
    f1: _selection_pb2.Estimate
    def __init__(self, threshold: _Optional[float] = ..., rate: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., precision: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., recall: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., f1: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ...) -> None: ...

class GainPoint(_message.Message):
    __slots__ = ("depth", "gain", "lift")
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    GAIN_FIELD_NUMBER: _ClassVar[int]
    LIFT_FIELD_NUMBER: _ClassVar[int]
    depth: float
    gain: _selection_pb2.Estimate
    lift: _selection_pb2.Estimate
    def __init__(self, depth: _Optional[float] = ..., gain: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., lift: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ...) -> None: ...

class RegressionPerformance(_message.Message):
    __slots__ = ("count", "mae", "rmse", "r2", "bias", "figures")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MAE_FIELD_NUMBER: _ClassVar[int]
    RMSE_FIELD_NUMBER: _ClassVar[int]
    R2_FIELD_NUMBER: _ClassVar[int]
    BIAS_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    count: int
    mae: _selection_pb2.Estimate
    rmse: _selection_pb2.Estimate
    r2: _selection_pb2.Estimate
    bias: _selection_pb2.Estimate
    figures: _containers.RepeatedCompositeFieldContainer[Figure]
    def __init__(self, count: _Optional[int] = ..., mae: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., rmse: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., r2: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., bias: _Optional[_Union[_selection_pb2.Estimate, _Mapping]] = ..., figures: _Optional[_Iterable[_Union[Figure, _Mapping]]] = ...) -> None: ...
