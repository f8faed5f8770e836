import type { Account, App, DisplayNumber } from './account.ts';
import type { Enterprise } from './enterprise.ts';
import type { NumberOrder } from './number-order.ts';
import type { Revised, Revision } from './revision.ts';
import type { Template, TemplateContent } from './template.ts';
import type { VoiceFile, VoiceFileContent, VoiceFileSource } from './voice-file.ts';

/** Where accounts, apps and numbers live. One contract suite, every implementation. */
export interface AccountStore {
  /** In order of creation. */
  accounts(): Promise<Account[]>;
  account(spId: string): Promise<Account | undefined>;
  putAccount(account: Account): Promise<void>;
  /** All apps, or those of one account, in order of creation. */
  apps(spId?: string): Promise<App[]>;
  app(appKey: string): Promise<App | undefined>;
  putApp(app: App): Promise<void>;
  /** All numbers, or those of one app, of one account, in order of creation. */
  numbers(appKey?: string, spId?: string): Promise<DisplayNumber[]>;
  number(number: string): Promise<DisplayNumber | undefined>;
  putNumber(number: DisplayNumber): Promise<void>;
  removeNumber(number: string): Promise<void>;
}

/** Where enterprises and their orders of numbers live. One contract suite, every implementation. */
export interface EnterpriseStore {
  /** All, or those of one account, in order of creation. */
  enterprises(spId?: string): Promise<Enterprise[]>;
  enterprise(enterpriseId: string): Promise<Enterprise | undefined>;
  putEnterprise(enterprise: Enterprise): Promise<void>;
  /** All, or those of one account, in order of creation. */
  orders(spId?: string): Promise<NumberOrder[]>;
  order(orderId: string): Promise<NumberOrder | undefined>;
  /** The order by which somebody has this number now. */
  orderOfNumber(number: string): Promise<NumberOrder | undefined>;
  /** Rejects where another order that is granted has one of its numbers. */
  putOrder(order: NumberOrder): Promise<void>;
}

/** Where files or templates are listed, with their revisions. `id` is the name of a file, or a template id. */
export interface RevisedStore<Content, Subject extends Revised<Content>> {
  /** Of one account, or of all, in order of creation. */
  list(spId?: string): Promise<Subject[]>;
  find(spId: string, id: string): Promise<Subject | undefined>;
  /** Every revision there was under this id, in order of their numbers; also after it was removed. */
  revisions(spId: string, id: string): Promise<Revision<Content>[]>;
  /** Replaces the one of the same account and id; `changed` is its revision that is new or was reviewed. */
  put(subject: Subject, changed?: Revision<Content>): Promise<void>;
  remove(spId: string, id: string): Promise<void>;
}

/** What voice files sound like is in the VoiceFileArchive. */
export type VoiceFileStore = RevisedStore<VoiceFileContent, VoiceFile>;

export type TemplateStore = RevisedStore<TemplateContent, Template>;

/** The two forms in which the sound of a voice file is kept. */
export type VoiceFileForm = 'original' | 'converted';

/** Keeps the sound of voice files, each under an id of its own (`VoiceFileContent.sound`). */
export interface VoiceFileArchive {
  /** Durable when it resolves: all of it is kept, or nothing. */
  keep(sound: string, forms: Readonly<Record<VoiceFileForm, Uint8Array>>): Promise<void>;
  /** @returns undefined when there is none */
  read(sound: string, form: VoiceFileForm): Promise<Uint8Array | undefined>;
  /** Harmless when there is none. */
  remove(sound: string): Promise<void>;
}

/** An upload made into what calls play. */
export interface ConvertedVoiceFile {
  readonly source: VoiceFileSource;
  /** A WAV file: A-law, 8000 Hz, mono, levelled. */
  readonly wav: Uint8Array;
  /** ms. */
  readonly duration: number;
  /** dBFS; absent of silence. */
  readonly loudness?: number;
}

export interface VoiceFileConverter {
  /** Rejects with VoiceFileRefusal. */
  convert(source: Uint8Array): Promise<ConvertedVoiceFile>;
}
