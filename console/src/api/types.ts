/** What the operator's API answers: the types of the very schemas that the server validates with. */
import type { z } from 'zod';
import type {
  appSchema,
  callHistorySchema,
  callSchema,
  eventSchema,
  numberSchema,
  pushSchema,
} from '../../../src/http/admin/views.ts';
import type { accountSchema } from '../../../src/http/admin/account-routes.ts';
import type { entrySchema } from '../../../src/http/admin/audit-routes.ts';
import type { backupSchema } from '../../../src/http/admin/backup-routes.ts';
import type { barredSchema } from '../../../src/http/admin/barred-routes.ts';
import type { blockedSchema } from '../../../src/http/admin/block-routes.ts';
import type { guardSchema, priceSchema } from '../../../src/http/admin/guard-routes.ts';
import type { limitInShortSchema, useSchema } from '../../../src/http/admin/limit-routes.ts';
import type { refusalSchema, waitingSchema } from '../../../src/http/admin/queue-routes.ts';
import type { enterpriseSchema } from '../../../src/http/admin/enterprise-routes.ts';
import type { orderSchema } from '../../../src/http/admin/number-order-routes.ts';
import type { erasureSchema } from '../../../src/http/admin/personal-data-routes.ts';
import type { poolSchema } from '../../../src/http/admin/pool-routes.ts';
import type { ledgerPushSchema, receiverSchema } from '../../../src/http/admin/push-routes.ts';
import type { waitingReviewSchema } from '../../../src/http/admin/review-queue-routes.ts';
import type { revisionSchema } from '../../../src/http/admin/review-routes.ts';
import type { numberVerdictSchema, settingsSchema } from '../../../src/http/admin/settings-routes.ts';
import type { ownSignInSchema } from '../../../src/http/admin/sign-in-routes.ts';
import type { rowSchema } from '../../../src/http/admin/statistics-routes.ts';
import type { templatePreviewSchema } from '../../../src/http/admin/template-preview-routes.ts';
import type { templateSchema } from '../../../src/http/admin/template-routes.ts';
import type { tokenSchema } from '../../../src/http/admin/token-routes.ts';
import type { findingSchema, trunkSchema } from '../../../src/http/admin/trunk-routes.ts';
import type { userSchema } from '../../../src/http/admin/user-routes.ts';
import type { voicePortsSchema } from '../../../src/http/admin/voice-port-routes.ts';
import type { voiceFileSchema } from '../../../src/http/admin/voice-file-routes.ts';
import type { legQualitySchema, qualitySchema } from '../../../src/http/admin/quality-routes.ts';
import type { signallingSchema } from '../../../src/http/admin/signalling-routes.ts';
import type { whoSchema } from '../../../src/http/admin/session-routes.ts';
import type { BehaviourName } from '../../../src/phones/behaviours.ts';
import type { receivedSchema } from '../../../src/http/console/built-in-receiver.ts';

export type Backup = z.infer<typeof backupSchema>;
export type App = z.infer<typeof appSchema>;
export type DisplayNumber = z.infer<typeof numberSchema>;
export type Call = z.infer<typeof callSchema>;
export type CallHistory = z.infer<typeof callHistorySchema>;
export type CallEvent = z.infer<typeof eventSchema>;
export type Push = z.infer<typeof pushSchema>;
export type Received = z.infer<typeof receivedSchema>;
export type SignallingMessage = z.infer<typeof signallingSchema>['messages'][number];
export type Quality = z.infer<typeof qualitySchema>;
export type LegQuality = z.infer<typeof legQualitySchema>;
export type Account = z.infer<typeof accountSchema>;
export type AuditEntry = z.infer<typeof entrySchema>;
export type Barred = z.infer<typeof barredSchema>;
export type Guard = z.infer<typeof guardSchema>;
export type BlockedAddress = z.infer<typeof blockedSchema>;
export type Limit = z.infer<typeof limitInShortSchema>;
export type LimitUse = z.infer<typeof useSchema>;
export type Price = z.infer<typeof priceSchema>;
export type Refusal = z.infer<typeof refusalSchema>;
export type WaitingReview = z.infer<typeof waitingReviewSchema>;
export type WaitingCall = z.infer<typeof waitingSchema>;
export type VoicePorts = z.infer<typeof voicePortsSchema>;
export type Pool = z.infer<typeof poolSchema>;
export type LedgerPush = z.infer<typeof ledgerPushSchema>;
export type PushReceiver = z.infer<typeof receiverSchema>;
export type Revision = z.infer<typeof revisionSchema>;
export type StatisticsRow = z.infer<typeof rowSchema>;
export type Template = z.infer<typeof templateSchema>;
export type Trunk = z.infer<typeof trunkSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type User = z.infer<typeof userSchema>;
export type VoiceFile = z.infer<typeof voiceFileSchema>;
export type AccessToken = z.infer<typeof tokenSchema>;
export type Enterprise = z.infer<typeof enterpriseSchema>;
export type Erasure = z.infer<typeof erasureSchema>;
export type NumberOrder = z.infer<typeof orderSchema>;
export type NumberVerdict = z.infer<typeof numberVerdictSchema>;
export type OwnSignIn = z.infer<typeof ownSignInSchema>;
export type PlatformSettings = z.infer<typeof settingsSchema>;
export type TemplatePreview = z.infer<typeof templatePreviewSchema>;
export type Who = z.infer<typeof whoSchema>;

/** A number of the sandbox and what it does. */
export interface PhoneEntry {
  readonly number: string;
  readonly behaviour: BehaviourName;
  readonly description: string;
}
