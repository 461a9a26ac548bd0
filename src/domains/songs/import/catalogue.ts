/** Identifies a catalogue by its customer and system. */
export interface Catalogue {
  customerProfileId: string;
  openkjSystemId: number;
}
