import type { Account, App, DisplayNumber } from './account.ts';

/** Where accounts, apps and numbers live. One contract suite, every implementation. */
export interface AccountStore {
  account(spId: string): Promise<Account | undefined>;
  putAccount(account: Account): Promise<void>;
  /** In order of creation. */
  apps(): Promise<App[]>;
  app(appKey: string): Promise<App | undefined>;
  putApp(app: App): Promise<void>;
  /** All numbers, or those of one app, in order of creation. */
  numbers(appKey?: string): Promise<DisplayNumber[]>;
  number(number: string): Promise<DisplayNumber | undefined>;
  putNumber(number: DisplayNumber): Promise<void>;
  removeNumber(number: string): Promise<void>;
}
