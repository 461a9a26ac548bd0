import { DatabaseError } from 'pg';
import type { DatabaseConfig } from '../../config/database.config.js';
import type { ServerConnection, ServerHost } from '../../config/server-connection.js';
import type { DatabaseClient } from '../../driver/database.client.js';
import type { AnswerWatch } from './answer-watch.js';
import { askServer } from './ask-server.js';

/** The longest that the server may take to answer the inquiry, in milliseconds: two lost packets are no reason. */
const mostPatience = 3000;

interface Found {
  /** When the server started. */
  readonly started: string;
  /** The processes, of those that were asked about, that do something other than wait for their client. */
  readonly working: readonly number[];
}

// A session that waits for its client, which waits for it, got the statement incompletely or not at all, or
// its answer does not get through. Of the sessions of other roles only the id is visible.
const statement = `
  SELECT pg_postmaster_start_time()::text AS started,
         ARRAY(SELECT pid FROM pg_stat_activity
               WHERE pid = ANY ($1) AND wait_event_type IS DISTINCT FROM 'Client') AS working`;

/** What is known of the server behind some connections. */
type Answer = Found | 'unknown' | 'unreachable';

/**
 * Asks a server, on a new connection to the same host, which connections lead nowhere.
 *
 * - If nothing answers, these are the silent ones, and the ones that wait in the pool.
 * - If another primary answers, these are all connections to its predecessor. Behind the address of a replica
 *   there may be several servers.
 * - If the same server answers, these are the silent ones that it does nothing for.
 *
 * If the server refuses the connection, for example as it has too many, it is there, and all connections stay.
 * Behind a pooler it is not known which session runs a statement, so that they also stay if it answers.
 */
export async function deadConnections(
  silent: readonly DatabaseClient[],
  watch: AnswerWatch,
  config: DatabaseConfig,
  server: ServerConnection,
): Promise<DatabaseClient[]> {
  const isPrimary = server === config.connection;
  const hosts = server.hosts.filter((host) => silent.some((client) => leadsTo(client, host)));
  const dead = await Promise.all(
    hosts.map(async (host) => {
      const answer = await ask(host, silent, watch, config, server);
      const here = (clients: Iterable<DatabaseClient>) =>
        [...clients].filter((client) => leadsTo(client, host));
      if (answer === 'unknown') return [];
      if (answer === 'unreachable') return here([...silent, ...watch.waitingInPool]);
      const isGone = ({ serverStart }: DatabaseClient) =>
        isPrimary && serverStart !== undefined && serverStart !== answer.started;
      const isForgotten = ({ serverStart, processId }: DatabaseClient) =>
        serverStart === answer.started && processId !== null && !answer.working.includes(processId);
      return here([...silent.filter(isForgotten), ...[...watch.clients].filter(isGone)]);
    }),
  );
  return [...new Set(dead.flat())];
}

async function ask(
  host: ServerHost,
  silent: readonly DatabaseClient[],
  watch: AnswerWatch,
  config: DatabaseConfig,
  server: ServerConnection,
): Promise<Answer> {
  const asked: ServerConnection = { ...server, hosts: [host], targetSessionAttrs: 'any' };
  const patience = Math.min(config.timeouts.answer, mostPatience);
  const processes = silent.map(({ processId }) => processId);
  try {
    const [found] = await askServer<Found>(config, asked, patience, statement, [processes]);
    return found!;
  } catch (error) {
    return error instanceof DatabaseError || watch.hasHeardLately ? 'unknown' : 'unreachable';
  }
}

function leadsTo(client: DatabaseClient, { name, address, port }: ServerHost): boolean {
  return client.host === (address ?? name) && client.port === port;
}
