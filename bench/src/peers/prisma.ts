import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../../prisma/generated/client.js';

/** Prisma on the document's schema, with its driver for PostgreSQL. */
export function startPrisma(url: string, poolSize = 1): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: poolSize }) });
}
