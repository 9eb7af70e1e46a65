-- The company's second database: CRM, web site, job applications.

CREATE TABLE crm_contacts (
    id bigint PRIMARY KEY,
    customer_number text,
    full_name text NOT NULL,
    email text NOT NULL,
    phone text,
    company text,
    job_title text,
    known_since timestamptz NOT NULL
);

CREATE TABLE crm_activities (
    id bigint PRIMARY KEY,
    contact_id bigint NOT NULL REFERENCES crm_contacts ON DELETE CASCADE,
    happened_at timestamptz NOT NULL,
    note text NOT NULL
);

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    login text NOT NULL UNIQUE,
    customer_number text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    security_answer text,
    active boolean NOT NULL DEFAULT true,
    last_seen_at timestamptz
);

CREATE TABLE testimonials (
    id bigint PRIMARY KEY,
    customer_number text NOT NULL,
    author text NOT NULL,
    quote text NOT NULL,
    published boolean NOT NULL DEFAULT true
);

CREATE TABLE page_views (
    id bigint PRIMARY KEY,
    cookie text NOT NULL,
    url text NOT NULL,
    country text,
    viewed_at timestamptz NOT NULL
);

CREATE TABLE applicants (
    id bigint PRIMARY KEY,
    full_name text NOT NULL,
    email text NOT NULL,
    phone text,
    birth_date date,
    ssn text,
    cv text,
    applied_at timestamptz NOT NULL
);

CREATE TABLE applicant_documents (
    applicant_id bigint NOT NULL REFERENCES applicants,
    name text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (applicant_id, name)
);
