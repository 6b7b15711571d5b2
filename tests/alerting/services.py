"""What Slack, Microsoft Teams, PagerDuty and Alertmanager's webhook receivers take, as their references say.

- Slack: https://docs.slack.dev/reference/block-kit/blocks
- Teams: https://learn.microsoft.com/en-us/connectors/teams/ and https://adaptivecards.io/explorer/
- PagerDuty: https://developer.pagerduty.com/docs/events-api-v2-overview
- Webhook: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config

Nothing beyond what is written here is taken.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


# Slack


class SlackPlain(Strict):
    type: Literal["plain_text"]
    text: str = Field(min_length=1, max_length=150)


class SlackMarkdown(Strict):
    type: Literal["mrkdwn"]
    text: str = Field(min_length=1, max_length=3000)

    @model_validator(mode="after")
    def _has_only_links(self) -> Self:
        rest = self.text
        for entity in ("&amp;", "&lt;", "&gt;"):
            rest = rest.replace(entity, "")
        assert "&" not in rest, "an ampersand that is no entity"
        assert rest.count("<") == rest.count(">") == rest.count("<http"), "a mention, or a link that is none"
        return self


class SlackField(SlackMarkdown):
    text: str = Field(min_length=1, max_length=2000)


class SlackHeader(Strict):
    type: Literal["header"]
    text: SlackPlain


class SlackSection(Strict):
    type: Literal["section"]
    text: SlackMarkdown
    fields: list[SlackField] = Field(min_length=1, max_length=10)


class SlackContext(Strict):
    type: Literal["context"]
    elements: list[SlackMarkdown] = Field(min_length=1, max_length=10)


class SlackDivider(Strict):
    type: Literal["divider"]


SlackBlock = Annotated[SlackHeader | SlackSection | SlackContext | SlackDivider, Field(discriminator="type")]


class SlackMessage(Strict):
    text: str = Field(min_length=1, max_length=40_000)
    blocks: list[SlackBlock] = Field(min_length=1, max_length=50)


# Teams


class TextBlock(Strict):
    type: Literal["TextBlock"]
    text: str = Field(min_length=1)
    wrap: bool = False
    size: Literal["small", "default", "medium", "large", "extraLarge"] = "default"
    weight: Literal["lighter", "default", "bolder"] = "default"
    color: Literal["default", "dark", "light", "accent", "good", "warning", "attention"] = "default"
    style: Literal["default", "heading", "columnHeader"] = "default"


class Fact(Strict):
    title: str = Field(min_length=1)
    value: str = Field(min_length=1)


class FactSet(Strict):
    type: Literal["FactSet"]
    facts: list[Fact] = Field(min_length=1)


class OpenUrl(Strict):
    type: Literal["Action.OpenUrl"]
    title: str = Field(min_length=1)
    url: HttpUrl


class ActionSet(Strict):
    type: Literal["ActionSet"]
    actions: list[OpenUrl] = Field(min_length=1)


class Container(Strict):
    type: Literal["Container"]
    separator: bool = False
    items: list[Annotated[TextBlock | FactSet | ActionSet, Field(discriminator="type")]] = Field(min_length=1)


class Width(Strict):
    width: Literal["Full"]


class AdaptiveCard(Strict):
    schema_: Literal["http://adaptivecards.io/schemas/adaptive-card.json"] = Field(alias="$schema")
    type: Literal["AdaptiveCard"]
    version: Literal["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]
    body: list[Annotated[TextBlock | Container, Field(discriminator="type")]] = Field(min_length=1)
    msteams: Width


class CardAttachment(Strict):
    contentType: Literal["application/vnd.microsoft.card.adaptive"]  # noqa: N815 - as Microsoft writes it
    contentUrl: None  # noqa: N815
    content: AdaptiveCard


class TeamsMessage(Strict):
    type: Literal["message"]
    attachments: list[CardAttachment] = Field(min_length=1, max_length=1)


# PagerDuty


class PagerDutyPayload(Strict):
    summary: str = Field(min_length=1, max_length=1024)
    source: str = Field(min_length=1, max_length=255)
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: datetime
    component: str = Field(max_length=255)
    group: str = Field(max_length=255)
    class_: str = Field(alias="class", max_length=255)
    custom_details: dict[str, Any]


class PagerDutyLink(Strict):
    href: HttpUrl
    text: str


class PagerDutyEvent(Strict):
    routing_key: str = Field(min_length=1, max_length=32)
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str = Field(min_length=1, max_length=255)
    payload: PagerDutyPayload | None = None
    client: str | None = None
    client_url: str | None = None
    links: list[PagerDutyLink] = []

    @model_validator(mode="after")
    def _a_trigger_has_a_payload(self) -> Self:
        assert (self.payload is not None) == (self.event_action == "trigger")
        return self


# The webhook of Alertmanager, with what driftline adds to each alert


class WebhookAlert(Strict):
    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: datetime  # noqa: N815 - as Alertmanager writes it
    endsAt: datetime  # noqa: N815
    generatorURL: str  # noqa: N815
    fingerprint: str = Field(pattern=r"^[0-9a-f]{16}$")
    value: float | str | None
    evidence: dict[str, Any]


class WebhookBody(Strict):
    version: Literal["4"]
    groupKey: str  # noqa: N815
    truncatedAlerts: int = Field(ge=0)  # noqa: N815
    status: Literal["firing", "resolved"]
    receiver: str
    groupLabels: dict[str, str]  # noqa: N815
    commonLabels: dict[str, str]  # noqa: N815
    commonAnnotations: dict[str, str]  # noqa: N815
    externalURL: str  # noqa: N815
    alerts: list[WebhookAlert] = Field(min_length=1)
