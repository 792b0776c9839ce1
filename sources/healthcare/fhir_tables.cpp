#include "sources/healthcare/fhir_tables.h"
