"""Names by which the outside addresses workflows: types, signals, queries, search attributes."""

from datetime import datetime

from temporalio.common import SearchAttributeKey

CONSUMER_REQUEST = "ConsumerRequest"
PROVIDER_DIRECTION = "ServiceProviderDirection"
LATE_ACKNOWLEDGEMENT = "LateAcknowledgement"
HOUSEKEEPING = "Housekeeping"
POLICY_NOTICE = "PolicyNotice"

INBOX = "inbox"
"""Signal: a row of the inbox waits; its payload is ``{"row": 17}``."""

PROVIDER_REPORTED = "provider_reported"
"""Signal from a provider's workflow to its request."""

STATUS = "status"
"""Query: where the workflow stands and through which number the ledger has it."""

REQUEST_ID = SearchAttributeKey.for_keyword("RequestId")
REQUEST_TYPE = SearchAttributeKey.for_keyword("RequestType")
REQUEST_STAGE = SearchAttributeKey.for_keyword("RequestStage")
NEEDS_ACTION = SearchAttributeKey.for_keyword("NeedsAction")
NOTHING = "nothing"
"""What ``NEEDS_ACTION`` says where nothing waits for staff."""

RESPOND_BY: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("RespondBy")
URGENCY = SearchAttributeKey.for_keyword("Urgency")
HANDLER = SearchAttributeKey.for_keyword("Handler")
RESIDENCY = SearchAttributeKey.for_keyword("Residency")
CHANNEL = SearchAttributeKey.for_keyword("Channel")
