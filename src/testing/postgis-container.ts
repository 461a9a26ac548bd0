/** PostgreSQL 15 with PostGIS, as the package needs at least. */
const image = 'postgis/postgis:15-3.5-alpine';

/**
 * Starts a server in a container, and returns its URL; undefined where testcontainers is not installed
 * or the container does not start. Testcontainers removes it when this process has ended.
 */
export async function startContainer(): Promise<string | undefined> {
  try {
    const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
    return (await new PostgreSqlContainer(image).start()).getConnectionUri();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    // An engine without a way to the image, say. It must be seen that the tests run on something else.
    process.stderr.write(`The PostGIS container does not start: ${(error as Error).message}\n`);
    return undefined;
  }
}
