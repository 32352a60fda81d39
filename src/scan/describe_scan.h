// The report of a scan.
#pragma once

#include <string>
#include <string_view>

#include "report/findings.h"
#include "report/report.h"
#include "scan/scan.h"

namespace smcli {

struct ScanAnswer {
  std::string path;  // as the user named the model
  std::string file;  // its model file
  ScanResult result;
};

// The fields of schema smcli.scan/1. `notes`: people see what is only noteworthy (severity info), too.
Value::Object DescribeScan(const ScanAnswer& answer, bool notes);

// A rule as the printers and pages want it.
FindingRule DescribeScanRule(const ScanRule& rule);

// The rules of a scan, and what was found, for junit, github, gitlab and sarif. Without what is only noteworthy.
FindingList ScanFindings(std::span<const ScanAnswer> answers, std::string_view version);

}  // namespace smcli
