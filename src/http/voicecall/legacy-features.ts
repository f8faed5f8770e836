/** What of the service's earlier years is still answered; each can be switched off. */
export const legacyFeatures = ['login', 'wsse', 'sandbox', 'bindNbr', 'v1.0'] as const;

/**
 * `login`: fastlogin, refresh, logout and `access_token` in the query; `wsse`: X-WSSE; `sandbox`: paths below `/sandbox`;
 * `bindNbr`: that parameter; `v1.0`: `callnotify/v1.0` with its `ttsContent`.
 */
export type LegacyFeature = (typeof legacyFeatures)[number];
