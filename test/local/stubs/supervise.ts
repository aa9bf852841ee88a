/** A supervisor of three stubs, to be killed. Arguments: its home. Prints "supervising". */
import { openHome } from "#local/home.ts";
import { Supervisor } from "#local/supervisor.ts";
import { stubPart } from "./stub-part.ts";

const home = openHome(process.argv[2]!);
const supervisor = new Supervisor(home, () => {});
await Promise.all(
  (["well", "stubborn", "parent"] as const).map(async (kind) => await supervisor.start(stubPart(kind, kind))),
);
process.stdout.write("supervising\n");
