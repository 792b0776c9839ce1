#pragma once

#include <string_view>
#include <vector>

#include "sources/interface/registry.h"

namespace lakeflow {

// A mistake that authors of connectors make, planted into one that is sound without it.
enum class Mistake {
  kNone,
  // Rows that are lost.
  kAsksForLaterTimesOnly,    // `updated > t` after a page of a limited size
  kOffsetAheadOfRows,        // the offset is that of the page which is asked for next
  kGivesUpInSilence,         // after a few failures it says that it is done
  kDropsThePageThatFailed,   // and goes on with the next one
  kSnapshotCutShort,         // says that a part is all
  kTakesAPageForAll,         // and goes on behind it with the next reading
  kCountsFromOneAtEachPage,  // skips the first row of each page but the first
  kForgetsTheEndOfAPage,     // a page that is not full is thrown away
  kKeepsItsOwnPageSize,      // whatever it is told; no mistake, but nothing is tried by smaller ones
  kLosesRowsAtADeadline,     // its offset at a deadline is behind what it never returned
  kLosesRowsAtAStop,         // counts a page as read before it finds that it is to stop
  kLosesSmallBatches,        // what does not fit a small batch is left out
  // Rows that come twice, or never rest.
  kMisspellsItsFilter,   // the source ignores it, and sends all again
  kReadsAllAgain,        // its offset leads to the beginning
  kResumesAPageBack,     // its offset is that of the page before
  kSnapshotRepeatsRows,  // pages overlap
  kNoOffsetAtTheEnd,
  // Keys and values.
  kKeysOfItsOwn,  // keys are counted by the reader
  kKeysAreNull,
  kCursorIsNull,
  kValuesDoNotFit,
  kSecondsTakenForMilliseconds,
  kMillisecondsTakenForSeconds,
  kColumnMisspelt,       // its values are sent by another name
  kMemberWithoutColumn,  // every row has one; of two columns one is always sent as null, one never. No mistake that can be proven
  kDropsWhatNoColumnIsFor,
  kRecordsAreNoJson,
  kRecordsAreEmpty,
  kAllInOneBatch,       // of megabytes a row
  kContentOfTheMoment,  // each reading gives a row another content
  // Declarations.
  kSchemaChanges,
  kColumnTwice,
  kKeyIsNoColumn,
  kNoCursorDeclared,
  kListsATableTwice,
  kListChanges,
  kTakesAnyTable,
  kFailsItsOwnCheck,
  // Offsets and state.
  kOffsetIsNoJson,
  kOffsetIsHuge,
  kOffsetGoesBack,
  kStateGrowsAndGrows,
  // Ends.
  kNeverEnds,  // kLimit, for ever at the same offset
  kGivesNothingForEver,
  kFindsNoRecords,  // its first answer is not what it takes it for
  kIsRefusedLater,  // at its third page, each time
  kIgnoresAStop,
  kAStopIsAFault,
  kWrongEnd,  // a change table that says kComplete
  // Deletes.
  kNoStreamOfDeletes,
  kDeletesWithoutKeys,
  kUpsertsAmongDeletes,
  kDeletesComeAgain,     // each run tells of all of them
  kLosesPagesOfDeletes,  // knows no second page of them
  kDeletesBearNoTime,    // no mistake of a source that has none for them
  kTellsOfNoDeletes,     // no mistake of a source that has none
  // Bad records.
  kOneBadRecordFailsAll,
  kStopsAtABadRecord,  // what stands behind it in the batch is lost
  kForgetsBadRecords,
  // Memory.
  kKeepsItsBatches,  // each buffer that it returned
  kKeepsCopies,      // of each row
  // Changes.
  kMissesWhatIsNew,      // knows only what was there at first
  kMissesChanges,        // asks for what was created, not for what was changed
  kMissesLateCommits,    // asks from its newest record on
  kMissesDeletes,        // of what was there when it first looked it knows, of no others
  kMissesWhatComesBack,  // what was deleted once it never gives again
  // Secrets.
  kLogsItsToken,
  kLogsKeys,
};

// The connector `planted`, with the tables `changes` (cdc_with_deletes), `facts` (append) and `codes` (snapshot), and the options `page_size`,
// `token` (a secret) and `row_kilobytes` (of rows that are large, one a batch). It can count its rows, and write.
// After so many readings its source does not answer any more, where that is not 0.
ConnectorEntry planted_connector(Mistake mistake, int readings = 0);

struct NamedMistake {
  Mistake mistake;
  std::string_view name;
  std::string_view check;  // that is meant for it
};
std::vector<NamedMistake> all_mistakes();

}  // namespace lakeflow
