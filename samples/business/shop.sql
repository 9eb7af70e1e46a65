CREATE TABLE customers (
    id bigint PRIMARY KEY,
    customer_number text NOT NULL UNIQUE,
    full_name text NOT NULL,
    email text NOT NULL,
    email_changed_at timestamptz NOT NULL,
    phone text,
    street text,
    city text,
    state text,
    postcode text,
    birth_date date,
    referred_by bigint REFERENCES customers,
    created_at timestamptz NOT NULL
);

CREATE TABLE products (
    sku text PRIMARY KEY,
    title text NOT NULL,
    price_cents integer NOT NULL
);

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    order_number text NOT NULL UNIQUE,
    customer_id bigint NOT NULL REFERENCES customers,
    placed_at timestamptz NOT NULL,
    ship_to text NOT NULL
);

CREATE TABLE order_items (
    order_id bigint NOT NULL REFERENCES orders,
    line smallint NOT NULL,
    sku text NOT NULL REFERENCES products,
    quantity integer NOT NULL,
    PRIMARY KEY (order_id, line)
);

-- Kept for the tax office, so it carries its own copy of what an invoice must show.
CREATE TABLE invoices (
    invoice_number text PRIMARY KEY,
    order_id bigint REFERENCES orders,
    customer_id bigint REFERENCES customers,
    billed_to text NOT NULL,
    billed_address text NOT NULL,
    amount_cents bigint NOT NULL,
    issued_on date NOT NULL,
    use_lock text
);

CREATE TABLE support_tickets (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    opened_at timestamptz NOT NULL,
    subject text NOT NULL
);

CREATE TABLE support_messages (
    id bigint PRIMARY KEY,
    ticket_id bigint NOT NULL REFERENCES support_tickets,
    written_at timestamptz NOT NULL,
    body text NOT NULL
);

CREATE TABLE marketing_contacts (
    id bigint PRIMARY KEY,
    email text NOT NULL,
    full_name text,
    company text,
    job_title text,
    phone text,
    share_with_partners boolean NOT NULL DEFAULT true,
    source text NOT NULL,
    added_at timestamptz NOT NULL
);

CREATE TABLE preferences (
    customer_id bigint PRIMARY KEY REFERENCES customers,
    newsletter boolean NOT NULL DEFAULT true,
    sale_sharing_opt_out boolean NOT NULL DEFAULT false
);

-- Written by the web servers: no foreign key, on purpose.
CREATE TABLE web_visits (
    id bigint PRIMARY KEY,
    customer_id bigint,
    cookie text NOT NULL,
    ip inet NOT NULL,
    page text NOT NULL,
    visited_at timestamptz NOT NULL
);
