/** What `election -- create` writes: an election that can be published as it is, with every member explained. */
export function renderTemplate(election: string, nowMs: number): string {
  const day = (days: number) => new Date(nowMs + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  return `{
  // The form of this file. Comments and trailing commas are allowed; keys and version are added when it is published.
  "schema": "ballotstream/definition/1",
  // Stands in every address; never changes.
  "election": "${election}",
  "name": "General election",
  // Times are on the clocks of this zone, or have an offset of their own: 2026-11-03T07:00-05:00
  "timeZone": "America/New_York",
  "opensAt": "${day(7)}T07:00",
  "closesAt": "${day(7)}T20:00",
  // How long after closing a kiosk may still deliver what was cast in time, seconds (at most 7 days).
  "graceSeconds": 14400,
  // "live" or "after-close"
  "resultsVisibility": "after-close",
  // Results in which a contest of a place has fewer ballots than this are withheld, and what would give them away with them;
  // votes are then shown once the count is declared complete. Leave it out to show everything.
  // "suppressForPrivacyBelowBallots": 10,
  // "unofficial", later "complete" and "certified" (npm run election -- declare)
  "resultsStatus": "unofficial",
  "channels": [
    { "channel": "browser", "mayNameStation": false, "mayStateCastTime": false },
    { "channel": "kiosk", "mayNameStation": true, "mayStateCastTime": true },
  ],
  "identification": {
    // "random": access codes of 13 and more letters and digits, drawn by a machine; "chosen": anything shorter,
    // or made by people. Leave it out if nobody has a code.
    "accessCodes": "random",
    // OpenID Connect: { "issuer": "https://…", "audience": "…", "jwksUri": "https://…" }
    "providers": [],
  },
  // Whose pages may call the API, beside its own: "https://vote.example.org"
  "origins": [],
  // A contest allows up to maxSelections choices.
  "contests": [
    {
      "id": "mayor",
      "name": "Mayor",
      "maxSelections": 1,
      "choices": [
        { "id": "ada", "name": "Ada Example", "party": "First Party" },
        { "id": "ben", "name": "Ben Example", "party": "Second Party" },
      ],
    },
  ],
  // Which contests the ballots of a station carry, in this order.
  "ballotStyles": [{ "id": "standard", "contests": ["mayor"] }],
  "regions": [
    {
      "id": "north",
      "name": "North",
      "registeredVoters": 1000,
      "stations": [
        // Votes from home belong to the station "online"; every region has one.
        { "id": "online", "name": "North, from home", "ballotStyle": "standard" },
        { "id": "n-01", "name": "Town Hall", "ballotStyle": "standard", "registeredVoters": 1000 },
      ],
    },
  ],
}
`;
}
