// What it costs to start a C++ program at all.
#include <iostream>

int main() { return std::cout.good() ? 0 : 1; }
