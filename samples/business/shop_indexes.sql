CREATE INDEX ON customers (lower(btrim(email)));
CREATE INDEX ON customers (right(regexp_replace(phone, '[^0-9]', '', 'g'), 10));
CREATE INDEX ON customers (
    lower(regexp_replace(
        normalize(
            coalesce(street, '') || coalesce(city, '') || coalesce(state, '') || coalesce(postcode, ''),
            NFKD
        ),
        '[\u0300-\u036f[:space:]!-/:-@\[-`{-~]+', '', 'g'
    ))
);
CREATE INDEX ON customers (birth_date);
CREATE INDEX ON customers (referred_by);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON order_items (sku);
CREATE INDEX ON invoices (order_id);
CREATE INDEX ON invoices (customer_id);
CREATE INDEX ON support_tickets (customer_id);
CREATE INDEX ON support_messages (ticket_id);
CREATE INDEX ON marketing_contacts (lower(btrim(email)));
CREATE INDEX ON marketing_contacts (right(regexp_replace(phone, '[^0-9]', '', 'g'), 10));
CREATE INDEX ON web_visits (customer_id);
