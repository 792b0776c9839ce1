#include "tools/lakeflow/lakeflow_main.h"

int main(int argc, char** argv) { return lakeflow::lakeflow_main(argc, argv); }
