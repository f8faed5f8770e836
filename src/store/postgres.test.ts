import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sampleAccount, sampleCall, sampleChange, START } from '../../test/contract/samples.ts';
import { postgresMissing, PostgresServer } from '../../test/support/postgres.ts';
import { SchemaTooNewError } from './migrate.ts';
import { DatabaseInUseError, type PostgresOptions } from './postgres.ts';
import { openPostgresStore, type Store } from './store.ts';
import { StoreUnavailableError } from '../call/store-unavailable-error.ts';

describe.skipIf(postgresMissing)(
  `PostgreSQL (${postgresMissing ?? 'installed'})`,
  { timeout: 60_000 },
  () => {
    let server: PostgresServer;
    const opened: Store[] = [];

    beforeAll(async () => {
      server = await PostgresServer.start();
    }, 60_000);

    afterAll(() => server[Symbol.asyncDispose](), 60_000);

    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    async function open(url: string, options: Partial<PostgresOptions> = {}): Promise<Store> {
      const store = await openPostgresStore({ url, ...options });
      opened.push(store);
      return store;
    }

    const nameOf = (url: string): string => new URL(url).pathname.slice(1);

    /** Everything of a store that asks the database, each refused. */
    async function expectAway(store: Store): Promise<void> {
      const call = sampleCall('refused');
      const outcomes = await Promise.allSettled([
        store.calls.create(call),
        store.calls.commit(sampleChange(call, { sequence: 1 })),
        store.check(),
        store.accounts.putAccount(sampleAccount('sp-1')),
        store.queries.history('refused'),
        store.outbox.agenda({ now: START, patienceEndedAt: START }),
      ]);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
      }
    }

    it('keeps everything over a restart of the platform', async () => {
      const url = await server.createDatabase();
      await (await open(url)).calls.create(sampleCall('s'));
      await opened.pop()?.close();
      expect(await (await open(url)).calls.unfinished()).toEqual([sampleCall('s')]);
    });

    it('takes one platform at a time, each database its own', async () => {
      const url = await server.createDatabase();
      const first = await open(url);
      await expect(open(url, { takeoverTimeout: 50 })).rejects.toThrow(DatabaseInUseError);
      await expect(open(url, { takeoverTimeout: 50 })).rejects.toThrow('another platform uses it. Stop that');
      await open(await server.createDatabase());
      await first.calls.create(sampleCall('s'));
      const second = open(url);
      await opened.shift()?.close();
      expect(await (await second).calls.unfinished()).toHaveLength(1);
    });

    it('refuses what is asked while the server is away, and works again when it is back', async () => {
      const store = await open(await server.createDatabase());
      await store.calls.create(sampleCall('s'));
      await server.stop('immediate');
      await expectAway(store);
      await expectAway(store);
      await server.resume();
      await store.calls.commit(sampleChange(sampleCall('s'), { sequence: 1 }));
      await store.check();
      expect(await store.queries.history('s')).toMatchObject({ events: [{ sequence: 1 }] });
      expect(await store.queries.history('refused')).toBeUndefined();
    });

    it('does not break when the operator ends its connections', async () => {
      const url = await server.createDatabase();
      const store = await open(url);
      await store.calls.create(sampleCall('s'));
      expect(await store.calls.unfinished()).toHaveLength(1);
      await server.run(
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${nameOf(url)}'`,
      );
      // The news may come before the next question or as its answer.
      await Promise.allSettled([store.calls.seenAlive(START), store.calls.unfinished()]);
      await store.calls.create(sampleCall('t'));
      await store.check();
      expect(await store.calls.unfinished()).toHaveLength(2);
    });

    it('never writes again once another platform took over', async () => {
      const url = await server.createDatabase();
      const store = await open(url, { takeoverTimeout: 50 });
      await server.stop('fast');
      await server.resume();
      const other = await open(url);
      await expect(store.calls.create(sampleCall('s'))).rejects.toThrow(DatabaseInUseError);
      expect(await store.calls.unfinished()).toEqual([]);
      await other.calls.create(sampleCall('s'));
      await other.close();
      opened.splice(opened.indexOf(other), 1);
      await store.calls.create(sampleCall('t'));
      expect(await store.calls.unfinished()).toHaveLength(2);
    });

    it('refuses what is asked while another program has it locked, and works again when it is free', async () => {
      const url = await server.createDatabase();
      const store = await open(url, { lockTimeout: 50 });
      await store.calls.create(sampleCall('s'));
      const other = new Client({ connectionString: url });
      await other.connect();
      await other.query('begin; lock table calls, events');
      const change = sampleChange(sampleCall('s'), { sequence: 1 });
      const refused = [
        store.calls.create(sampleCall('t')),
        store.calls.commit(change),
        store.calls.unfinished(),
      ];
      for (const outcome of await Promise.allSettled(refused)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailableError) });
      }
      await other.query('rollback');
      await other.end();
      await store.calls.commit(change);
      expect(await store.calls.unfinished()).toHaveLength(1);
    });

    it('says no to a schema that a newer version wrote', async () => {
      const url = await server.createDatabase();
      await (await open(url)).close();
      opened.length = 0;
      await server.run('update schema_version set version = 99', nameOf(url));
      await expect(open(url)).rejects.toThrow(SchemaTooNewError);
    });

    it('says what is wrong with its address, without its password', async () => {
      const unknown = open(server.url('no_such_database'));
      await expect(unknown).rejects.toThrow('the server refuses this user or has no such database');
      const nobody = open(`postgres://user:secret@127.0.0.1:1/name`);
      await expect(nobody).rejects.toThrow('the server cannot be reached, or does not answer');
      await expect(nobody).rejects.not.toThrow('secret');
    });

    it('compares texts by their octets in a database of any language', async () => {
      await server.run(
        `create database german template template0 locale_provider icu icu_locale 'de' locale 'C.UTF-8'`,
      );
      const store = await open(server.url('german'));
      const call = sampleCall('1_2_3_20260101000000@ovc.test');
      await store.calls.create(call);
      const recording = {
        objectName: '1_2_3_20260101000000.wav',
        bucketName: 'b',
        domain: 'd',
        startedAt: START,
      };
      await store.calls.commit({ call: { ...call, recording } });
      expect(await store.queries.recorded(recording.objectName)).toMatchObject({ sessionId: call.sessionId });
    });
  },
);
