import { z } from 'zod';

const text = (example: string) => z.string().trim().min(1).max(200).meta({ example });

const longitude = z.number().min(-180).max(180);
const latitude = z.number().min(-90).max(90);

const pointSchema = z
  .strictObject({
    type: z.literal('Point'),
    // An array and not a tuple: OpenAPI 3.0 has no tuples.
    coordinates: z
      .array(z.number())
      .length(2)
      .pipe(z.tuple([longitude, latitude])),
  })
  .describe('A GeoJSON point: longitude, then latitude, in degrees.')
  .meta({ example: { type: 'Point', coordinates: [-86.7816, 36.1627] } });

const required = {
  openkjVenueId: z.int32().describe('The venue’s number in OpenKJ.').meta({ example: 1002 }),
  urlName: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'takes lower-case letters, digits and hyphens' })
    .max(100)
    .describe("The venue's name in URLs.")
    .meta({ example: 'golden-microphone' }),
  name: text('The Golden Microphone'),
  address: text('500 Broadway'),
  city: text('Nashville'),
  state: text('TN'),
  postalCode: text('37203'),
};
const acceptingRequests = z.boolean().describe('Whether singers can submit requests now.');
const optional = {
  country: text('USA').nullable(),
  phoneNumber: text('+1-615-555-0100').nullable(),
  website: z.url().max(500).nullable().meta({ example: 'https://example.com' }),
  location: pointSchema.nullable(),
};

export const createVenueSchema = z.strictObject({
  ...required,
  acceptingRequests: acceptingRequests.default(true),
  country: optional.country.default(null),
  phoneNumber: optional.phoneNumber.default(null),
  website: optional.website.default(null),
  location: optional.location.default(null),
  customerProfileId: z
    .uuid()
    .optional()
    .describe("The customer that the venue belongs to. Default: the user's own."),
});
export type CreateVenue = z.output<typeof createVenueSchema>;

/** Without defaults, so that fields that are left out do not change. */
export const updateVenueSchema = z
  .strictObject({ ...required, acceptingRequests, ...optional })
  .partial()
  .meta({ example: { name: 'Singing Cowboy Saloon' } });
export type UpdateVenue = z.output<typeof updateVenueSchema>;

export const venueSchema = z.object({
  id: z.uuid(),
  customerProfileId: z.uuid(),
  ...required,
  acceptingRequests,
  ...optional,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const venueListQuerySchema = z.strictObject({
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(100).default(20),
});
export type VenueListQuery = z.output<typeof venueListQuerySchema>;

export const venueListSchema = z.object({
  items: z.array(venueSchema),
  page: z.int(),
  pageSize: z.int(),
  total: z.int().describe('The number of venues on all pages.'),
});
