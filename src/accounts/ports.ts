import type { Account, App, DisplayNumber } from './account.ts';
import type { Template } from './template.ts';
import type { VoiceFile, VoiceFileSource } from './voice-file.ts';

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

/** Where voice files are listed; what they sound like is in the VoiceFileArchive. */
export interface VoiceFileStore {
  /** Of one account, or of all, in order of creation. */
  voiceFiles(spId?: string): Promise<VoiceFile[]>;
  voiceFile(spId: string, name: string): Promise<VoiceFile | undefined>;
  /** Replaces the one of the same account and name. */
  putVoiceFile(file: VoiceFile): Promise<void>;
  removeVoiceFile(spId: string, name: string): Promise<void>;
}

/** Where templates live. */
export interface TemplateStore {
  /** Of one account, in order of creation. */
  templates(spId: string): Promise<Template[]>;
  template(spId: string, templateId: string): Promise<Template | undefined>;
  putTemplate(template: Template): Promise<void>;
  removeTemplate(spId: string, templateId: string): Promise<void>;
}

/** The two forms in which the sound of a voice file is kept. */
export type VoiceFileForm = 'original' | 'converted';

/** Keeps the sound of voice files, by revision. */
export interface VoiceFileArchive {
  /** Durable when it resolves: all of it is kept, or nothing. */
  keep(revision: string, forms: Readonly<Record<VoiceFileForm, Uint8Array>>): Promise<void>;
  /** @returns undefined when there is none */
  read(revision: string, form: VoiceFileForm): Promise<Uint8Array | undefined>;
  /** Harmless when there is none. */
  remove(revision: string): Promise<void>;
}

/** An upload made into what calls play. */
export interface ConvertedVoiceFile {
  readonly source: VoiceFileSource;
  /** A WAV file: A-law, 8000 Hz, mono, levelled. */
  readonly wav: Uint8Array;
  /** ms. */
  readonly duration: number;
}

export interface VoiceFileConverter {
  /** Rejects with VoiceFileRefusal. */
  convert(source: Uint8Array): Promise<ConvertedVoiceFile>;
}
