"""Forms of Evaluation. Points are typed with up to two decimals and kept in hundredths."""

from plugins.evaluation.schemas.criteria import (
    CRITERION_FORMS,
    DIRECTIONS,
    IndicatorCriterionForm,
)
from plugins.evaluation.schemas.schemes import (
    CONTESTANTS,
    CYCLES,
    RHYTHMS,
    NewSchemeForm,
    RulesForm,
    TemplateForm,
)
from plugins.evaluation.schemas.scores import reason_field, remark_field, score_field, score_form
from plugins.evaluation.schemas.seasons import (
    AnswerForm,
    AppointForm,
    LockForm,
    ObjectionForm,
    OpenForm,
)

__all__ = [
    "CONTESTANTS",
    "CRITERION_FORMS",
    "CYCLES",
    "DIRECTIONS",
    "RHYTHMS",
    "AnswerForm",
    "AppointForm",
    "IndicatorCriterionForm",
    "LockForm",
    "NewSchemeForm",
    "ObjectionForm",
    "OpenForm",
    "RulesForm",
    "TemplateForm",
    "reason_field",
    "remark_field",
    "score_field",
    "score_form",
]
