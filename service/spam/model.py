"""A site's opinion by its classifier: the shipped prior, the site's own model, and the thresholds they are read by."""

from dataclasses import dataclass

from service.spam.classifier import Judgement, LocalModel, Prior, Sample, Thresholds, judge


@dataclass(frozen=True, slots=True)
class Model:
    """``thresholds.spam`` is infinite until the site has approved enough comments, so that the model only holds."""

    prior: Prior
    local: LocalModel
    thresholds: Thresholds

    def judge(self, sample: Sample) -> Judgement:
        """Log-odds of spam, with what the prior and the site's own model say of it."""
        return judge(sample, self.prior, self.local)
