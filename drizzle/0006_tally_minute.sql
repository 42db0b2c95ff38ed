CREATE TABLE "tally_minute" (
	"election_no" integer NOT NULL,
	"minute" timestamp with time zone NOT NULL,
	"recorded" bigint NOT NULL,
	CONSTRAINT "tally_minute_pk" PRIMARY KEY("election_no","minute"),
	CONSTRAINT "tally_minute_whole" CHECK (extract(epoch from "tally_minute"."minute") % 60 = 0),
	CONSTRAINT "tally_minute_recorded" CHECK ("tally_minute"."recorded" > 0)
);
--> statement-breakpoint
-- Who folds the tally folds its minutes; nobody takes any away.
grant select, insert, update on tally_minute to writer, maintainer;
--> statement-breakpoint
grant select on tally_minute to results, analyst, auditor;
