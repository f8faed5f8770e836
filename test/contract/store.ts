import { describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { accountStoreContract } from './account-store.ts';
import { auditTrailContract } from './audit-trail.ts';
import { auditedChangeContract } from './audited-change.ts';
import { callRetentionContract } from './call-retention.ts';
import { callStoreContract } from './call-store.ts';
import { enterpriseStoreContract } from './enterprise-store.ts';
import { legacyAccessContract } from './legacy-access.ts';
import { limitStoreContract } from './limit-store.ts';
import { numberPoolContract } from './number-pools.ts';
import { outboxContract } from './outbox.ts';
import { peopleStoreContract } from './people-store.ts';
import { personalDataContract } from './personal-data.ts';
import { pushLedgerContract } from './push-ledger.ts';
import { reconciliationContract } from './reconciliation.ts';
import { requestKeysContract } from './request-keys.ts';
import { trunkStoreContract } from './trunk-store.ts';
import { templateStoreContract, voiceFileStoreContract } from './revised-store.ts';

/** What the store does on every database. `open` gives an empty one. */
export function storeContract(open: () => Promise<Store>): void {
  describe('accounts', () => accountStoreContract(async () => (await open()).accounts));
  describe('calls', () => callStoreContract(open));
  describe('call retention', () => callRetentionContract(open));
  describe('personal data', () => personalDataContract(open));
  describe('reconciliation', () => reconciliationContract(open));
  describe('request keys', () => requestKeysContract(open));
  describe('legacy access', () => legacyAccessContract(open));
  describe('limits', () => limitStoreContract(open));
  describe('number pools', () => numberPoolContract(open));
  describe('enterprises', () => enterpriseStoreContract(open));
  describe('outbox', () => outboxContract(open));
  describe('people', () => peopleStoreContract(open));
  describe('push ledger', () => pushLedgerContract(open));
  describe('voice files', () => voiceFileStoreContract(async () => (await open()).voiceFiles));
  describe('audited changes', () => auditedChangeContract(open));
  describe('audit trail', () => auditTrailContract(async () => (await open()).auditTrail));
  describe('trunks', () => trunkStoreContract(async () => (await open()).trunks));
  describe('templates', () => templateStoreContract(async () => (await open()).templates));
}
