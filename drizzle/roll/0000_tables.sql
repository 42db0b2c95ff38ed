CREATE TABLE "election" (
	"election_no" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "election_election_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"election" text NOT NULL,
	CONSTRAINT "election_id_unique" UNIQUE("election")
);
--> statement-breakpoint
CREATE TABLE "identity_attempt" (
	"election_no" integer NOT NULL,
	"attempts" integer NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"roll_number" text NOT NULL,
	CONSTRAINT "identity_attempt_pk" PRIMARY KEY("election_no","roll_number")
);
--> statement-breakpoint
CREATE TABLE "pass_issued" (
	"election_no" integer NOT NULL,
	"issued_on" date DEFAULT current_date NOT NULL,
	"roll_number" text NOT NULL,
	"blinded_sha256" "bytea" NOT NULL,
	CONSTRAINT "pass_issued_pk" PRIMARY KEY("election_no","roll_number"),
	CONSTRAINT "pass_issued_hash" CHECK (octet_length("pass_issued"."blinded_sha256") = 32)
) PARTITION BY HASH ("roll_number");
--> statement-breakpoint
CREATE TABLE "voter_roll" (
	"election_no" integer NOT NULL,
	"roll_number" text NOT NULL,
	"region" text NOT NULL,
	"code_hash" "bytea",
	CONSTRAINT "voter_roll_pk" PRIMARY KEY("election_no","roll_number"),
	CONSTRAINT "voter_roll_code" CHECK ("voter_roll"."code_hash" is null or octet_length("voter_roll"."code_hash") between 33 and 97)
) PARTITION BY HASH ("roll_number");
--> statement-breakpoint
CREATE TABLE "voter_subject" (
	"subject_key" uuid NOT NULL,
	"election_no" integer NOT NULL,
	"roll_number" text NOT NULL,
	CONSTRAINT "voter_subject_pk" PRIMARY KEY("election_no","subject_key")
) PARTITION BY HASH ("subject_key");
--> statement-breakpoint
CREATE INDEX "identity_attempt_since" ON "identity_attempt" USING btree ("since");