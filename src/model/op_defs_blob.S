/* op_defs.txt as bytes of the program: a table of strings this long would take a compiler a minute. */
  .section .rodata
  .globl smcli_op_defs_begin
  .globl smcli_op_defs_end
smcli_op_defs_begin:
  .incbin SMCLI_OP_DEFS_FILE
smcli_op_defs_end:
  .section .note.GNU-stack, "", %progbits
