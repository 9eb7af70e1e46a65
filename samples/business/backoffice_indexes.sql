CREATE INDEX ON crm_contacts (customer_number);
CREATE INDEX ON crm_contacts (lower(btrim(email)));
CREATE INDEX ON crm_contacts (right(regexp_replace(phone, '[^0-9]', '', 'g'), 10));
CREATE INDEX ON crm_activities (contact_id);
CREATE INDEX ON testimonials (customer_number);
CREATE INDEX ON page_views (cookie);
CREATE INDEX ON applicants (lower(btrim(email)));
CREATE INDEX ON applicants (right(regexp_replace(phone, '[^0-9]', '', 'g'), 10));
CREATE INDEX ON applicants (birth_date);
