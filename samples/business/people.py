"""Consumers of the sample business whom demonstrations and tests know by name."""

from dataclasses import dataclass

from domain.vocabulary import PointOfIdentity


@dataclass(frozen=True)
class SamplePerson:
    """A made-up consumer, with what the business truly has on file."""

    name: str
    email: str
    phone: str
    street: str
    city: str
    state: str
    postcode: str
    birth_date: str
    customer_number: str
    order_number: str
    company: str = ""
    job_title: str = ""

    @property
    def postal_address(self) -> str:
        """The address in one line."""
        return f"{self.street}, {self.city}, {self.state} {self.postcode}"

    @property
    def points(self) -> dict[PointOfIdentity, str]:
        """Every point that the person could truthfully give, the e-mail address aside."""
        return {
            PointOfIdentity.FULL_NAME: self.name,
            PointOfIdentity.PHONE: self.phone,
            PointOfIdentity.POSTAL_ADDRESS: self.postal_address,
            PointOfIdentity.BIRTH_DATE: self.birth_date,
            PointOfIdentity.CUSTOMER_NUMBER: self.customer_number,
            PointOfIdentity.ORDER_NUMBER: self.order_number,
        }


ANA_RUIZ = SamplePerson(
    name="Ana Ruiz",
    email="ana.ruiz@example.com",
    phone="+1 415 555 0142",
    street="1480 Guerrero Street",
    city="San Francisco",
    state="CA",
    postcode="94110",
    birth_date="1988-04-12",
    customer_number="C-000001",
    order_number="O-00000001-1",
    company="Mission Print Works",
    job_title="Production manager",
)
"""A verified deletion with everything a customer can leave behind."""

BEN_OKAFOR = SamplePerson(
    name="Ben Okafor",
    email="ben.okafor@example.com",
    phone="+1 510 555 0117",
    street="77 Lakeside Drive",
    city="Oakland",
    state="CA",
    postcode="94612",
    birth_date="1975-09-30",
    customer_number="C-000002",
    order_number="O-00000002-1",
    company="Harbor Freight Consulting",
    job_title="Dispatcher",
)
"""Asks, and never proves who he is."""

CLARA_WEISS = SamplePerson(
    name="Clara Weiss",
    email="clara.weiss@example.com",
    phone="+1 619 555 0188",
    street="9 Juniper Court",
    city="San Diego",
    state="CA",
    postcode="92101",
    birth_date="1992-01-07",
    customer_number="C-000003",
    order_number="O-00000003-1",
    company="Weiss Optical",
    job_title="Owner",
)
"""Verified, and nobody decides."""

ROBERT_HALE_SENIOR = SamplePerson(
    name="Robert Hale",
    email="robert.hale.senior@example.com",
    phone="+1 916 555 0161",
    street="231 Almond Avenue",
    city="Sacramento",
    state="CA",
    postcode="95811",
    birth_date="1951-06-03",
    customer_number="C-000004",
    order_number="O-00000004-1",
)
"""The father: one name and one address with his son."""

ROBERT_HALE_JUNIOR = SamplePerson(
    name="Robert Hale",
    email="robert.hale.junior@example.com",
    phone="+1 916 555 0162",
    street="231 Almond Avenue",
    city="Sacramento",
    state="CA",
    postcode="95811",
    birth_date="1979-11-20",
    customer_number="C-000005",
    order_number="O-00000005-1",
)
"""The son."""

GRACE_LIU = SamplePerson(
    name="Grace Liu",
    email="office@liu-and-park.example",
    phone="+1 213 555 0133",
    street="600 Spring Street, Suite 12",
    city="Los Angeles",
    state="CA",
    postcode="90014",
    birth_date="1983-03-25",
    customer_number="C-000006",
    order_number="O-00000006-1",
    company="Liu and Park",
    job_title="Partner",
)
"""Shares a role mailbox with her partner."""

DANIEL_PARK = SamplePerson(
    name="Daniel Park",
    email="office@liu-and-park.example",
    phone="+1 213 555 0134",
    street="600 Spring Street, Suite 12",
    city="Los Angeles",
    state="CA",
    postcode="90014",
    birth_date="1980-08-14",
    customer_number="C-000007",
    order_number="O-00000007-1",
    company="Liu and Park",
    job_title="Partner",
)
"""The partner."""

MAYA_JOHNSON = SamplePerson(
    name="Maya Johnson",
    email="maya.new@example.com",
    phone="+1 707 555 0170",
    street="18 Vine Street",
    city="Napa",
    state="CA",
    postcode="94559",
    birth_date="1996-12-02",
    customer_number="C-000008",
    order_number="O-00000008-1",
)
"""Changed her e-mail address lately (VER-17)."""

PEOPLE = (
    ANA_RUIZ,
    BEN_OKAFOR,
    CLARA_WEISS,
    ROBERT_HALE_SENIOR,
    ROBERT_HALE_JUNIOR,
    GRACE_LIU,
    DANIEL_PARK,
    MAYA_JOHNSON,
)
"""In the order of their customer numbers, from 1."""
