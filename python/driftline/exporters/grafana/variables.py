"""The choices that several dashboards have, and the series of what was chosen."""

from driftline.exporters.grafana.dashboard import Variable

MODEL = Variable("model", "label_values(driftline_predictions_total, model)")
VERSION = Variable("version", 'label_values(driftline_predictions_total{model="$model"}, version)', many=True)
FEATURE = Variable("feature", 'label_values(driftline_feature_null_ratio{model="$model"}, feature)')
INSTANCE = Variable("instance", "label_values(driftline_build_info, instance)", many=True)

OF_MODEL = 'model="$model",version=~"$version"'
OF_FEATURE = f'{OF_MODEL},feature="$feature"'
OF_COLLECTOR = 'instance=~"$instance"'


def chosen(metric: str, also: str = "", level: str = "model, version") -> str:
    """
    A gauge of the versions that are chosen, one series for each of a level, whichever collector tells of it.

    Examples
    --------
    >>> chosen("driftline_feature_psi", 'feature="a"')
    'max by (model, version) (driftline_feature_psi{model="$model",version=~"$version",feature="a"})'
    """
    labels = f"{OF_MODEL},{also}" if also else OF_MODEL
    return f"max by ({level}) ({metric}{{{labels}}})"
