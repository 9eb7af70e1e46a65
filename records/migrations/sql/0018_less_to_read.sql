-- What the gateway and mail intake never look at.
REVOKE SELECT ON privacy.legal_hold, privacy.webhook FROM privacy_gateway;
