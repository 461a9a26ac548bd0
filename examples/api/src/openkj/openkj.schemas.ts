import { z } from 'zod';

const venue_id = z.int32().describe("The venue's number in OpenKJ.");
const system_id = z.int32().describe("The system's number in OpenKJ.");

/** A command and its fields, in OpenKJ's spelling. Additional fields of a newer OpenKJ are ignored. */
function command<const Name extends string, Fields extends z.ZodRawShape>(
  name: Name,
  fields: Fields,
) {
  return z.object({ api_key: z.string(), command: z.literal(name), ...fields });
}

/**
 * The maximum number of songs in a batch. OpenKJ sends up to 1,000. Without a limit, a body could have a
 * million empty songs, each with an answer.
 */
const mostSongs = 10_000;

const addSongs = command('addSongs', {
  system_id,
  // An invalid song must not make the whole batch fail, because OpenKJ does not read the answer.
  songs: z
    .array(z.object({ artist: z.unknown().optional(), title: z.unknown().optional() }))
    .max(mostSongs),
});
export type AddSongs = z.output<typeof addSongs>;

const commands = [
  command('getSerial', {}),
  command('getVenues', {}),
  command('getRequests', { venue_id }),
  command('deleteRequest', { venue_id, request_id: z.int32() }),
  command('clearRequests', { venue_id }),
  command('setAccepting', { venue_id, accepting: z.boolean(), system_id }),
  command('clearDatabase', { system_id }),
  addSongs,
  command('getAlert', {}),
  command('getEntitledSystemCount', {}),
] as const;

export const commandSchema = z.discriminatedUnion('command', commands, {
  error: 'this server does not know it',
});
export type Command = z.output<typeof commandSchema>;
export type VenueCommand = Extract<Command, { venue_id: number }>;

export const answerSchema = z.looseObject({
  command: z.string().describe('The command of the request.'),
  error: z.boolean(),
  errorString: z.string().optional().describe('The error message for the host.'),
});
