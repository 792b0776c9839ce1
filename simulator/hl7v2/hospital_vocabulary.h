#pragma once

#include <array>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>

#include "simulator/hl7v2/message_text.h"

namespace lakeflow {

// What a hospital's messages speak of.

struct Code {
  std::string_view code;
  std::string_view text;
  std::string_view system;
};

inline constexpr std::array kPanels = {Code{"us-0003", "UREA AND ELECTROLYTES", "WinPath"}, Code{"24323-8", "Comprehensive metabolic panel", "LN"},
                                       Code{"58410-2", "CBC panel - Blood by Automated count", "LN"}, Code{"36643-5", "XR Chest 2 Views", "LN"},
                                       Code{"630-4", "Bacteria identified in Urine by Culture", "LN"}};
inline constexpr std::array kTests = {Code{"2160-0", "Creatinine", "LN"}, Code{"2951-2", "Sodium", "LN"},        Code{"718-7", "Hemoglobin", "LN"},
                                      Code{"6690-2", "Leukocytes", "LN"}, Code{"tt-0003-01", "Urea", "WinPath"}, Code{"8867-4", "Heart rate", "LN"}};
inline constexpr std::array kUnits = {Code{"mmol/L", "millimole per liter", "UCUM"}, Code{"g/dL", "gram per deciliter", "UCUM"},
                                      Code{"10*3/uL", "thousand per microliter", "UCUM"}, Code{"/min", "per minute", "UCUM"}};
inline constexpr std::array kVaccines = {Code{"08", "Hep B, adolescent or pediatric", "CVX"}, Code{"20", "DTaP", "CVX"}, Code{"03", "MMR", "CVX"},
                                         Code{"208", "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose", "CVX"}};
inline constexpr std::array kDiagnoses = {Code{"I10", "Essential (primary) hypertension", "I10"}, Code{"E11.9", "Type 2 diabetes mellitus", "I10"},
                                          Code{"J18.9", "Pneumonia, unspecified organism", "I10"},
                                          Code{"S72.001A", "Fracture of neck of femur", "I10"}};
inline constexpr std::array kAllergies = {Code{"70618", "Penicillin", "RxNorm"}, Code{"peanut", "Peanut", "L"}, Code{"2670", "Codeine", "RxNorm"}};
inline constexpr std::array kServices = {Code{"CONS", "Consultation", "L"}, Code{"ECHO", "Echocardiography", "L"},
                                         Code{"PHYS", "Physiotherapy", "L"}};
inline constexpr std::array kPlans = {Code{"A1", "Aetna \"Gold\" & Co", "L"}, Code{"B2", "Blue | Cross", "L"}, Code{"M1", "Medicare ^ Part A", "L"}};
inline constexpr std::array<std::string_view, 6> kFindings = {
    "Unremarkable.",         "Slightly raised; repeat in 2 weeks.", "Haemolysed ~ please resend",
    "see C:\\results\\scan", "No growth after 48 h & counting",     "Temp 38.5 °C"};

inline constexpr std::int64_t kMinute = 60;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;

// 1, 2 … count.
inline auto numbers_to(std::uint64_t count) { return std::views::iota(1U, static_cast<unsigned>(count) + 1); }

inline std::string coded(const MessageText& message, const Code& code) { return message.components({code.code, code.text, code.system}); }

}  // namespace lakeflow
