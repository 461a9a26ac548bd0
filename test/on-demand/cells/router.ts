import { createServer, request, type Server } from 'node:http';

/**
 * Passes each request on to the cell of its customer.
 *
 * @param directory the address of the cell of each customer
 */
export function cellRouter(directory: ReadonlyMap<string, string>): Server {
  return createServer((incoming, outgoing) => {
    const customer = incoming.url?.split('/')[2] ?? '';
    const cell = directory.get(customer);
    if (cell === undefined) return void outgoing.writeHead(404).end();
    const { method, headers } = incoming;
    const passed = request(new URL(incoming.url!, cell), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
  });
}
